use proptest::prelude::*;

use super::*;
use crate::text::{LimitKind, Limits, Node, Span, Value, parse_json};

fn tags(name: &str) -> Option<String> {
    match name {
        "Ref" => Some("Ref".to_owned()),
        "Sub" | "Join" => Some(format!("Fn::{name}")),
        _ => None,
    }
}

fn read(text: &str) -> Node {
    parse_yaml(text, &Limits::default(), &tags).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The message and the text under the mark.
fn refused(text: &str) -> (String, String) {
    let error = parse_yaml(text, &Limits::default(), &tags).unwrap_err();
    assert!(!error.kind.help().is_empty());
    (error.to_string(), under(text, error.span).to_owned())
}

fn under(text: &str, span: Span) -> &str {
    text.get(span.start as usize..span.end as usize).unwrap()
}

/// As JSON without regard to places.
fn shown(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(text) => text.to_string(),
        Value::String(text) => format!("{text:?}"),
        Value::Array(list) => format!("[{}]", list.iter().map(shown).collect::<Vec<_>>().join(",")),
        Value::Object(members) => {
            let member = |m: &crate::text::Member| format!("{:?}:{}", m.key.value, shown(&m.value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
        }
    }
}

#[test]
fn every_notation_gives_the_tree_of_json() {
    let text = "# a remark\na: &x [1, 'two', \"th\\u0072ee\"]\nb:\n  - {c: no, 'd': ~}\n  - |\n    two\n    lines\n  -\ne: *x\n";
    assert_eq!(
        shown(&read(text)),
        r#"{"a":[1,"two","three"],"b":[{"c":false,"d":null},"two\nlines\n",null],"e":[1,"two","three"]}"#
    );
}

#[test]
fn short_tags_become_their_long_form() {
    let text = "a: !Ref X\nb: !Join ['', [!Ref AWS::Region, x]]\nc: !Sub\n  - ${Y}\n  - Y: 1\nd: !!str 12\ne: ! yes\n";
    assert_eq!(
        shown(&read(text)),
        r#"{"a":{"Ref":"X"},"b":{"Fn::Join":["",[{"Ref":"AWS::Region"},"x"]]},"c":{"Fn::Sub":["${Y}",{"Y":1}]},"d":"12","e":"yes"}"#
    );
}

#[test]
fn every_value_knows_its_place() {
    let text = "Statement:\n  - Effect: Allow\n    Action: [a, b]\n    Resource: !Ref X  # mine\nId: 'é'\n";
    let node = read(text);
    let statement = &node.get("Statement").unwrap().elements().unwrap()[0];
    let written = "Effect: Allow\n    Action: [a, b]\n    Resource: !Ref X";
    assert_eq!(under(text, statement.span), written);
    assert_eq!(under(text, statement.get("Action").unwrap().span), "[a, b]");
    assert_eq!(under(text, statement.get("Resource").unwrap().span), "!Ref X");
    assert_eq!(under(text, statement.members().unwrap()[2].key.span), "Resource");
    assert_eq!(under(text, node.get("Id").unwrap().span), "'é'");
}

#[test]
fn merged_mappings_give_way_to_what_is_written() {
    let text = "base: &b {a: 1, b: 2}\nmore: &m {b: 3, c: 4}\nx:\n  <<: [*b, *m]\n  a: 9\n";
    assert_eq!(shown(read(text).get("x").unwrap()), r#"{"a":9,"b":2,"c":4}"#);
    assert_eq!(refused("a: {<<: 1}").0, "`<<` merges mappings, and this is none");
}

#[test]
fn words_that_are_values_can_be_names() {
    assert_eq!(shown(&read("on: 1\nNo: 2\n12: 3")), r#"{"on":1,"No":2,"12":3}"#);
}

#[test]
fn what_cannot_be_read_is_pointed_at() {
    let error = |text: &str| refused(text);
    let is = |message: &str, under: &str| (message.to_owned(), under.to_owned());
    assert_eq!(error(""), is("the document is empty", ""));
    assert_eq!(error("# nothing\n"), is("the document is empty", ""));
    assert_eq!(error("a: 1\nb: 2\na: 3"), is("duplicate key `a`", "a"));
    assert_eq!(error("a: !Nope 1"), is("the tag `!Nope` is not known here", "!Nope"));
    assert_eq!(error("a: !!binary aGk="), is("the tag `!!binary` is not known here", "!!binary"));
    assert_eq!(error("a: 1\n---\nb: 2"), is("a second document in one file", "---"));
    assert_eq!(error("? [a]\n: 1"), is("a key that is no text", "["));
    assert_eq!(error("a: *nope").0, "`*nope` refers to nothing that stands complete before it");
    assert_eq!(error("a: &a [*a]").0, "`*a` refers to nothing that stands complete before it");
    assert_eq!(error("a:\n\t- b").0, "not YAML: a tab where blanks must indent");
    assert_eq!(error("a: b: c").0, "not YAML: mapping values are not allowed in this context");
    assert_eq!(error("a: \"b"), is("not YAML: unclosed quote", "\""));
    assert_eq!(error("a: b\0c").0, "control character U+0000");
    assert_eq!(error("a: |\n  x\u{1b}[31m").0, "control character U+001B");
}

#[test]
fn a_duplicate_key_shows_both_places() {
    let text = "a: 1\na: 2";
    let error = parse_yaml(text, &Limits::default(), &tags).unwrap_err();
    assert_eq!(error.span, Span::new(5, 6));
    assert_eq!(error.kind.related(), Some((Span::new(0, 1), "first written here")));
}

#[test]
fn limits_hold_at_and_past_the_edge() {
    let limits = Limits { depth: 3, nodes: 5, ..Limits::default() };
    let error = |text: &str| parse_yaml(text, &limits, &tags).map_err(|error| error.kind);
    let depth = || YamlErrorKind::Limit { kind: LimitKind::Depth, limit: 3 };
    assert!(error("[[[1]]]").is_ok());
    assert_eq!(error("[[[[1]]]]").unwrap_err(), depth());
    assert_eq!(error("a:\n  b:\n    c:\n      d: 1").unwrap_err(), depth());
    assert_eq!(error("[[!Ref [!Ref [1]]]]").unwrap_err(), depth());
    assert!(error("[1, 2, 3]").is_ok());
    let nodes = YamlErrorKind::Limit { kind: LimitKind::Nodes, limit: 5 };
    assert_eq!(error("[1, 2, 3, 4, 5, 6]").unwrap_err(), nodes);
}

#[test]
fn aliases_do_not_explode() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let list = vec![format!("*a{}", level - 1); 10].join(", ");
        text += &format!("a{level}: &a{level} [{list}]\n");
    }
    assert_eq!(refused(&text).0, "aliases stand for more than 100000 values");
    // Nor do they hide how deep they are.
    let mut text = "a0: &a0 [x]\n".to_owned();
    for level in 1..200 {
        text += &format!("a{level}: &a{level} [*a{}]\n", level - 1);
    }
    assert_eq!(refused(&text).0, "more than 128 levels of nesting");
}

proptest! {
    /// JSON is YAML, but for control characters.
    #[test]
    fn agrees_with_the_reader_of_json(text in json()) {
        let json = parse_json(&text, &Limits::default()).unwrap();
        let yaml = parse_yaml(&text, &Limits::default(), &tags);
        prop_assert_eq!(yaml.map(|node| shown(&node)), Ok(shown(&json)), "{}", text);
    }

    #[test]
    fn no_text_makes_it_panic(text in "[\\[\\]{}:,&*!|>'\"?%#\\- ab<\n\t\u{0}\u{e9}]{0,40}") {
        let _ = parse_yaml(&text, &Limits::default(), &tags);
    }
}

/// A JSON document, plain or over several lines.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        "[ -~\u{e9}\u{1F600}\n\t]{0,8}".prop_map(Into::into),
        "(yes|no|~|1e3|0x1|2012-10-17|- a|a: b|#x|&a|!t)".prop_map(Into::into),
    ];
    let value = leaf.prop_recursive(4, 24, 4, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from);
        let object = prop::collection::btree_map("[a-z<:~ ]{0,4}", inner, 0..4)
            .prop_map(|map| serde_json::Value::Object(map.into_iter().collect()))
            .prop_filter("`<<` merges", |value| value.get("<<").is_none());
        prop_oneof![list, object]
    });
    (value, any::<bool>()).prop_map(|(value, pretty)| match pretty {
        true => serde_json::to_string_pretty(&value).unwrap(),
        false => value.to_string(),
    })
}

#[test]
fn hostile_texts_are_refused_or_read_but_never_more() {
    let deep = "- ".repeat(5_000);
    let flow = "[".repeat(100_000);
    let tagged = format!("a: {}1", "!Ref ".repeat(1_000));
    let long = format!("{}: 1", "k".repeat(100_000));
    let blanks = format!("a:{}1", " ".repeat(1_000_000));
    let scalar = format!("a: '{}'", "x".repeat(1_000_000));
    let quotes = "\"".repeat(9_999);
    let keys: String = (0..20_000).map(|n| format!("k{n}: {n}\n")).collect();
    let texts = [deep, flow, tagged, long, blanks, scalar, quotes, keys];
    for text in texts.iter().map(String::as_str).chain([
        "\u{FEFF}a: 1",
        "%YAML 9.9\n---\na",
        "!<",
        "&",
        "*",
        "? ? ?",
        "\r\r",
        "- - -\n -",
        "a: >9\n x",
        "!!map [a]",
    ]) {
        let _ = parse_yaml(text, &Limits::default(), &tags);
    }
    assert!(parse_yaml(&texts[7], &Limits::default(), &tags).is_ok());
}
