use std::{borrow::Cow, collections::HashMap, mem};

use granit_parser::{
    ErrorKind, Event, Parser, ScalarStyle, ScanError, Span as YamlSpan, StructureStyle, Tag,
};

use super::{YamlError, YamlErrorKind, scalar::plain};
use crate::text::{LimitKind, Limits, Member, Node, Span, Spanned, Value};

/// How many values aliases may stand for in all. A template has some thousand values; more is an attack.
const ALIASED: usize = 100_000;

/// The mapping of which `<<` is a key gets the members of another.
const MERGE: &str = "<<";

/// Reads one YAML document, the whole of `text`, into the tree that JSON gives.
///
/// A local tag such as `!Ref` becomes an object of one member, whose key `tags` gives: `!Ref X` is then the same as
/// `{"Ref": "X"}`. Aliases and merged mappings are written out. A text of numbers, truth values and dates is read as
/// CloudFormation reads it.
///
/// # Errors
/// [`YamlError`] at the first thing that is not YAML, is a duplicate key or an unknown tag, or goes past `limits`.
///
/// ```
/// use crosskey_engine::text::{Limits, parse_yaml};
/// let tags = |name: &str| (name == "Ref").then(|| name.to_owned());
/// let node = parse_yaml("Version: 2012-10-17\nPrincipal: !Ref Reader", &Limits::default(), &tags)?;
/// assert_eq!(node.get("Version").and_then(|v| v.as_str()), Some("2012-10-17"));
/// assert_eq!(node.get("Principal").and_then(|p| p.get("Ref")?.as_str()), Some("Reader"));
/// # Ok::<(), crosskey_engine::text::YamlError>(())
/// ```
pub fn parse_yaml(
    text: &str,
    limits: &Limits,
    tags: &dyn Fn(&str) -> Option<String>,
) -> Result<Node, YamlError> {
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: limits.depth,
        block_nesting_limit: limits.depth,
    };
    let mut builder = Builder {
        text,
        limits,
        tags,
        open: Vec::new(),
        anchors: HashMap::new(),
        root: None,
        nodes: 0,
        aliased: 0,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| builder.syntax(&error))?;
        builder.event(event, &span)?;
    }
    let end = Span::from_offsets(text.len(), text.len());
    builder.root.ok_or(YamlError { kind: YamlErrorKind::Empty, span: end })
}

/// A node in the making: a mapping or sequence that is not closed yet.
struct Open {
    start: usize,
    end: usize,
    is_flow: bool,
    anchor: usize,
    tag: Option<Spanned<String>>,
    content: Content,
}

enum Content {
    Sequence(Vec<Node>),
    Mapping(Mapping),
}

impl Content {
    /// How many elements or members there are.
    fn len(&self) -> usize {
        match self {
            Self::Sequence(elements) => elements.len(),
            Self::Mapping(mapping) => mapping.known.len(),
        }
    }

    /// Whether the next node is the value of a key that was counted.
    fn awaits_value(&self) -> bool {
        matches!(self, Self::Mapping(mapping) if mapping.key.is_some())
    }
}

#[derive(Default)]
struct Mapping {
    members: Vec<Member>,
    known: HashMap<Box<str>, Span>,
    /// The key whose value comes next.
    key: Option<Spanned<Box<str>>>,
    merged: Vec<Node>,
}

/// A complete node that an alias can stand for, and what it costs to write it out.
struct Anchored {
    node: Node,
    size: usize,
    depth: usize,
}

struct Builder<'a> {
    text: &'a str,
    limits: &'a Limits,
    tags: &'a dyn Fn(&str) -> Option<String>,
    open: Vec<Open>,
    anchors: HashMap<usize, Anchored>,
    root: Option<Node>,
    nodes: usize,
    aliased: usize,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, at: &YamlSpan) -> Result<(), YamlError> {
        let span = span(at);
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                Err(YamlError { kind: YamlErrorKind::SecondDocument, span })
            }
            Event::Scalar(text, style, anchor, tag) => {
                let value = self.scalar(text, style, tag.as_deref(), span)?;
                let tag = self.tag(tag.as_deref(), at)?;
                self.complete(Node { value, span }, tag, anchor)
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.begin(Content::Sequence(Vec::new()), style, anchor, tag.as_deref(), at)
            }
            Event::MappingStart(style, anchor, tag) => {
                let content = Content::Mapping(Mapping::default());
                self.begin(content, style, anchor, tag.as_deref(), at)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(id) => self.alias(id, span),
            _ => Ok(()),
        }
    }

    fn scalar(
        &self,
        text: Cow<'_, str>,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: Span,
    ) -> Result<Value, YamlError> {
        if let Some(character) = text.chars().find(|character| is_control(*character))
            && style != ScalarStyle::DoubleQuoted
        {
            let kind = YamlErrorKind::ControlCharacter { code: character.into() };
            return Err(YamlError { kind, span });
        }
        if text.len() > self.limits.string {
            let kind = YamlErrorKind::Limit { kind: LimitKind::String, limit: self.limits.string };
            return Err(YamlError { kind, span });
        }
        let is_text =
            tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str") || is_plain_bang(tag));
        Ok(match style {
            ScalarStyle::Plain if !is_text => plain(&text),
            _ => Value::String(text.into()),
        })
    }

    /// The member that a tag makes of its value; `None` for tags that say no more than the value does.
    fn tag(&self, tag: Option<&Tag>, at: &YamlSpan) -> Result<Option<Spanned<String>>, YamlError> {
        let Some(tag) = tag else {
            return Ok(None);
        };
        if tag.is_yaml_core_schema() || is_plain_bang(tag) {
            return Ok(None);
        }
        let span = at.tag_span().map_or_else(|| span(at), |tag| self::span(&tag));
        let local = (tag.handle() == "!").then(|| (self.tags)(tag.suffix())).flatten();
        match local {
            Some(name) => Ok(Some(Spanned::new(name, span))),
            None => {
                let tag = crate::text::escape(&tag.original()).into_owned();
                Err(YamlError { kind: YamlErrorKind::UnknownTag { tag }, span })
            }
        }
    }

    fn begin(
        &mut self,
        content: Content,
        style: StructureStyle,
        anchor: usize,
        tag: Option<&Tag>,
        at: &YamlSpan,
    ) -> Result<(), YamlError> {
        let here = span(at);
        if self.awaits_key() {
            return Err(YamlError { kind: YamlErrorKind::KeyNotText, span: here });
        }
        let tag = self.tag(tag, at)?;
        let depth = self.depth() + 1 + usize::from(tag.is_some());
        self.count(depth, here)?;
        let (start, end) = (here.start as usize, here.end as usize);
        let is_flow = style == StructureStyle::Flow;
        self.open.push(Open { start, end, is_flow, anchor, tag, content });
        Ok(())
    }

    fn end(&mut self, closing: Span) -> Result<(), YamlError> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        // A block ends with its last line, not where the parser noticed.
        let end = if open.is_flow { closing.end as usize } else { open.end };
        let span = Span::from_offsets(open.start, end.max(open.start));
        let value = match open.content {
            Content::Sequence(elements) => Value::Array(elements),
            Content::Mapping(mapping) => Value::Object(mapping.merge()?),
        };
        self.complete(Node { value, span }, open.tag, open.anchor)
    }

    /// Puts a complete node where it belongs.
    fn complete(
        &mut self,
        mut node: Node,
        tag: Option<Spanned<String>>,
        anchor: usize,
    ) -> Result<(), YamlError> {
        // Mappings and sequences were counted when they began, and a key is no value.
        if !matches!(node.value, Value::Array(_) | Value::Object(_)) && !self.awaits_key() {
            self.count(self.depth() + usize::from(tag.is_some()), node.span)?;
        }
        if let Some(tag) = tag {
            let span = tag.span.to(node.span);
            let key = tag.map(Into::into);
            node = Node { value: Value::Object(vec![Member { key, value: node }]), span };
        }
        if anchor != 0 {
            let (size, depth) = measure(&node);
            self.pay(size, node.span)?;
            self.anchors.insert(anchor, Anchored { node: node.clone(), size, depth });
        }
        let end = node.span.end as usize;
        self.place(node, end)
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<(), YamlError> {
        let Some(anchored) = self.anchors.get(&id) else {
            let name =
                self.text.get(span.start as usize..span.end as usize).unwrap_or("*").to_owned();
            return Err(YamlError { kind: YamlErrorKind::UnknownAlias { name }, span });
        };
        let (size, depth) = (anchored.size, anchored.depth);
        self.pay(size, span)?;
        self.count(self.depth() + depth, span)?;
        let node = self.anchors.get(&id).map(|anchored| anchored.node.clone());
        node.map_or(Ok(()), |node| self.place(node, span.end as usize))
    }

    /// Hands a node to the mapping or sequence around it; `end` is where it ends in the text around.
    fn place(&mut self, node: Node, end: usize) -> Result<(), YamlError> {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.end = open.end.max(end);
        let limit = self.limits.members;
        if open.content.len() >= limit && !open.content.awaits_value() {
            let kind = YamlErrorKind::Limit { kind: LimitKind::Members, limit };
            return Err(YamlError { kind, span: node.span });
        }
        match &mut open.content {
            Content::Sequence(elements) => elements.push(node),
            Content::Mapping(mapping) => mapping.accept(node, self.text)?,
        }
        Ok(())
    }

    /// Whether the next node is a key.
    fn awaits_key(&self) -> bool {
        let content = self.open.last().map(|open| &open.content);
        matches!(content, Some(Content::Mapping(mapping)) if mapping.key.is_none())
    }

    /// How deep the next node stands; a tag is an object around its value.
    fn depth(&self) -> usize {
        self.open.len() + self.open.iter().filter(|open| open.tag.is_some()).count()
    }

    fn count(&mut self, depth: usize, span: Span) -> Result<(), YamlError> {
        self.nodes += 1;
        let limit =
            |kind, limit| Err(YamlError { kind: YamlErrorKind::Limit { kind, limit }, span });
        if depth > self.limits.depth {
            return limit(LimitKind::Depth, self.limits.depth);
        }
        if self.nodes > self.limits.nodes {
            return limit(LimitKind::Nodes, self.limits.nodes);
        }
        Ok(())
    }

    fn pay(&mut self, size: usize, span: Span) -> Result<(), YamlError> {
        self.aliased += size;
        if self.aliased > ALIASED {
            return Err(YamlError { kind: YamlErrorKind::Aliases { limit: ALIASED }, span });
        }
        Ok(())
    }

    fn syntax(&self, error: &ScanError) -> YamlError {
        let at = error.marker().byte_offset().unwrap_or(self.text.len()).min(self.text.len());
        let next = self.text.get(at..).and_then(|rest| rest.chars().next());
        let length = next.filter(|c| *c != '\n').map_or(0, char::len_utf8);
        let kind = match (error.kind(), next) {
            (ErrorKind::RecursionLimitExceeded, _) => {
                YamlErrorKind::Limit { kind: LimitKind::Depth, limit: self.limits.depth }
            }
            (ErrorKind::UnknownAnchor, _) => {
                let rest = self.text.get(at..).unwrap_or_default();
                let name = rest.split(|c: char| c.is_whitespace() || ",[]{}".contains(c)).next();
                let name = crate::text::escape(name.unwrap_or("*")).chars().take(64).collect();
                YamlErrorKind::UnknownAlias { name }
            }
            (ErrorKind::TabInBlockIndentation | ErrorKind::TabNotAllowed, _) => YamlErrorKind::Tab,
            (ErrorKind::UnexpectedCharacter { character }, _) if is_control(*character) => {
                YamlErrorKind::ControlCharacter { code: (*character).into() }
            }
            (_, Some(character)) if is_control(character) => {
                YamlErrorKind::ControlCharacter { code: character.into() }
            }
            _ => YamlErrorKind::Syntax { reason: error.info() },
        };
        YamlError { kind, span: Span::from_offsets(at, at + length) }
    }
}

impl Mapping {
    /// Takes the next node: a key, or the value of the last key.
    fn accept(&mut self, node: Node, text: &str) -> Result<(), YamlError> {
        match self.key.take() {
            None => {
                let span = node.span;
                let key: Box<str> = match node.value {
                    Value::String(text) | Value::Number(text) => text,
                    // `on:` and `null:` are names all the same.
                    Value::Bool(_) | Value::Null => {
                        text.get(span.start as usize..span.end as usize).unwrap_or_default().into()
                    }
                    Value::Array(_) | Value::Object(_) => {
                        return Err(YamlError { kind: YamlErrorKind::KeyNotText, span });
                    }
                };
                if let Some(first) = self.known.get(&key) {
                    let kind = YamlErrorKind::DuplicateKey { key: key.into(), first: *first };
                    return Err(YamlError { kind, span });
                }
                self.known.insert(key.clone(), span);
                self.key = Some(Spanned::new(key, span));
            }
            Some(key) if &*key.value == MERGE => self.merged.push(node),
            Some(key) => self.members.push(Member { key, value: node }),
        }
        Ok(())
    }

    /// The members, with those of merged mappings that are not written here; earlier ones win.
    ///
    /// <https://yaml.org/type/merge.html>
    fn merge(mut self) -> Result<Vec<Member>, YamlError> {
        for node in mem::take(&mut self.merged) {
            let span = node.span;
            let sources = match node.value {
                Value::Array(elements) => elements,
                _ => vec![node],
            };
            for source in sources {
                let Value::Object(members) = source.value else {
                    return Err(YamlError { kind: YamlErrorKind::Merge, span });
                };
                for member in members {
                    if !self.known.contains_key(&member.key.value) {
                        self.known.insert(member.key.value.clone(), member.key.span);
                        self.members.push(member);
                    }
                }
            }
        }
        Ok(self.members)
    }
}

/// Whether a character may stand in double quotes only, as an escape.
fn is_control(character: char) -> bool {
    character.is_control() && !matches!(character, '\t' | '\n' | '\r' | '\u{85}')
}

/// `!` alone: what follows is text.
fn is_plain_bang(tag: &Tag) -> bool {
    let (handle, suffix) = tag.parts();
    (handle.is_empty() && suffix == "!") || (handle == "!" && suffix.is_empty())
}

/// How many values a node holds, itself included, and how deep they stand.
fn measure(node: &Node) -> (usize, usize) {
    let children: Vec<&Node> = match &node.value {
        Value::Array(elements) => elements.iter().collect(),
        Value::Object(members) => members.iter().map(|member| &member.value).collect(),
        _ => return (1, 0),
    };
    let inner = children.into_iter().map(measure);
    let (size, depth) =
        inner.fold((0, 0), |(sum, most), (size, depth)| (sum + size, most.max(depth)));
    (size + 1, depth + 1)
}

fn span(span: &YamlSpan) -> Span {
    let range = span.byte_range().unwrap_or_default();
    Span::from_offsets(range.start, range.end.max(range.start))
}
