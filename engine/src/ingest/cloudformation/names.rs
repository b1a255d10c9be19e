//! What resources of the template are called, and what `Ref` and `Fn::GetAtt` make of them.
//!
//! CloudFormation makes up the name of what the template does not name, KMS the id of every key, Secrets Manager the
//! end of every secret's ARN. These get stand-ins, which are the same wherever the template refers to the resource.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html>

use super::{
    place::KnownPlace,
    resolve::{Resolver, Unknown},
    template::Resource,
};
use crate::{
    aws::Arn,
    ingest::pieces::{Class, OpenArn, STAND_IN, STAND_IN_END, Shape},
    text::escape,
};

/// The longest name that IAM gives a role or user.
const IAM_NAME: usize = 64;
/// What CloudFormation adds to the names of the stack and the resource, at most.
const RANDOM: usize = 16;

/// What a resource is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) arn: Arn,
    /// What `Ref` gives.
    pub(super) reference: String,
    /// The part of the ARN that is a stand-in, and the ARNs that it is in.
    pub(super) open: Option<Open>,
}

/// A part of an ARN that is a stand-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) token: String,
    pub(super) before: Vec<String>,
    pub(super) part: Vec<Shape>,
}

impl Open {
    /// The ARNs that the part is in: sessions of a role have the role's name in theirs.
    pub(super) fn arns(&self) -> Vec<OpenArn> {
        let after = |before: &str| match before.contains(":assumed-role/") {
            true => vec![Shape::Text("/".to_owned()), Shape::Run(Class::Any)],
            false => Vec::new(),
        };
        let arn = |before: &String| OpenArn {
            before: before.clone(),
            part: self.part.clone(),
            after: after(before),
        };
        self.before.iter().map(arn).collect()
    }
}

/// A name, or the shape of one that is not known.
enum Name {
    Known(String),
    Open { shape: Vec<Shape> },
}

impl<'a> Resolver<'a> {
    /// What an attribute of a resource is; `Ref` for what a reference gives.
    pub(super) fn attribute(&self, id: &str, attribute: &str) -> Result<String, Unknown> {
        let Some((id, resource)) = self.sections.resources.get_key_value(id) else {
            if let Some(function) = self.sections.function_of_role(id) {
                let role = self.role_of_function(&function)?;
                return match attribute {
                    "Ref" => Ok(role.reference),
                    "Arn" => Ok(role.arn.to_string()),
                    _ => Err(made_up(id, attribute)),
                };
            }
            let id = escape(id);
            return Err(Unknown::new(format!("the template has no parameter or resource `{id}`")));
        };
        if let Ok(false) = self.is_made(resource) {
            let id = escape(id);
            return Err(Unknown::new(format!(
                "`{id}` is not made, as its condition does not hold"
            )));
        }
        let arn = |attributes: &[&str]| match attributes.contains(&attribute) {
            true => self.identity(resource).map(|known| known.arn.to_string()),
            false => Err(made_up(id, attribute)),
        };
        match (resource.kind, attribute) {
            ("AWS::SecretsManager::SecretTargetAttachment", "Ref" | "Id") => {
                match resource.property("SecretId").map(|node| self.follow(|| self.text(node))) {
                    Some(Ok(Some(secret))) => Ok(secret),
                    Some(Err(unknown)) => Err(unknown),
                    _ => Err(made_up(id, attribute)),
                }
            }
            ("AWS::KMS::Alias", "Ref") => match resource.property("AliasName") {
                Some(name) => {
                    self.follow(|| self.text(name))?.ok_or_else(|| made_up(id, attribute))
                }
                None => Err(made_up(id, attribute)),
            },
            ("AWS::SecretsManager::Secret", _) => arn(&["Ref", "Id"]),
            ("AWS::IAM::ManagedPolicy", _) => arn(&["Ref", "PolicyArn"]),
            ("AWS::KMS::Key", "KeyId")
            | ("AWS::KMS::Key" | "AWS::IAM::Role" | "AWS::IAM::User", "Ref") => {
                self.identity(resource).map(|known| known.reference)
            }
            ("AWS::KMS::Key" | "AWS::IAM::Role" | "AWS::IAM::User", _) => arn(&["Arn"]),
            _ => Err(made_up(id, attribute)),
        }
    }

    /// What a resource is called.
    pub(super) fn identity(&self, resource: &Resource<'a>) -> Result<Identity, Unknown> {
        let known = self.names.borrow().get(resource.id).cloned();
        match known {
            Some(Some(known)) => return known,
            Some(None) => {
                let id = escape(resource.id);
                return Err(Unknown::new(format!("the name of `{id}` refers to itself")));
            }
            None => {}
        }
        self.names.borrow_mut().insert(resource.id, None);
        let named = self.follow(|| self.named_by(resource));
        self.names.borrow_mut().insert(resource.id, Some(named.clone()));
        named
    }

    fn named_by(&self, resource: &Resource<'a>) -> Result<Identity, Unknown> {
        let place = self.known_place()?;
        Ok(match resource.kind {
            "AWS::SecretsManager::Secret" => self.secret(resource, &place),
            "AWS::KMS::Key" => self.key(resource, &place),
            "AWS::IAM::User" => self.of_iam(resource, &place, "user", "UserName"),
            "AWS::IAM::ManagedPolicy" => {
                self.of_iam(resource, &place, "policy", "ManagedPolicyName")
            }
            _ => self.of_iam(resource, &place, "role", "RoleName"),
        })
    }

    /// The place, or why nobody knows what resources are called.
    pub(super) fn known_place(&self) -> Result<KnownPlace, Unknown> {
        self.place.known().ok_or_else(|| {
            let wanted = match self.place.account {
                None => "`--parameter AWS::AccountId=…`",
                Some(_) => "`--parameter AWS::Region=…`",
            };
            Unknown::new(format!("nothing tells where the stack will be; {wanted} tells it"))
        })
    }

    /// `FRole`, which SAM makes for the function `F`.
    pub(super) fn role_of_function(&self, function: &Resource<'a>) -> Result<Identity, Unknown> {
        let place = self.known_place()?;
        let id = format!("{}Role", function.id);
        let stand_in = self.stand_in(&id);
        let name = Name::Open { shape: self.generated(&id, true) };
        let path = match function.property("RolePath") {
            None => "/".to_owned(),
            Some(node) => self.text(node)?.unwrap_or_else(|| "/".to_owned()),
        };
        Ok(in_iam(&place, "role", Ok(path), name, stand_in))
    }

    fn secret(&self, resource: &Resource<'a>, place: &KnownPlace) -> Identity {
        let (name, mut part) = match self.name(resource, "Name", false) {
            Name::Known(name) => (name.clone(), vec![Shape::Text(name)]),
            Name::Open { shape } => (self.stand_in(resource.id), shape),
        };
        part.push(Shape::Text("-".to_owned()));
        part.extend(vec![Shape::One(Class::Alphanumeric); STAND_IN_END.len()]);
        let token = format!("{name}-{STAND_IN_END}");
        let arn = place.arn("secretsmanager", &format!("secret:{token}"));
        let before = vec![place.arn("secretsmanager", "secret:").to_string()];
        let reference = arn.to_string();
        Identity { arn, reference, open: Some(Open { token, before, part }) }
    }

    fn key(&self, resource: &Resource<'a>, place: &KnownPlace) -> Identity {
        let several = resource.property("MultiRegion").map(|node| self.text(node));
        let prefix = match several {
            None | Some(Ok(None)) => Some(""),
            Some(Ok(Some(text))) => {
                Some(if text.eq_ignore_ascii_case("true") { "mrk-" } else { "" })
            }
            Some(Err(_)) => None,
        };
        let run = Shape::Run(Class::Name);
        // A UUID has no `m`, so that nobody takes it for the id of a multi-Region key.
        let part = match prefix {
            Some("mrk-") => vec![Shape::Text("mrk-".to_owned()), run],
            Some(_) => vec![Shape::One(Class::Hexadecimal), run],
            None => vec![run],
        };
        let token = format!("{}{}", prefix.unwrap_or_default(), self.stand_in(resource.id));
        let arn = place.arn("kms", &format!("key/{token}"));
        let before = vec![place.arn("kms", "key/").to_string()];
        Identity { arn, reference: token.clone(), open: Some(Open { token, before, part }) }
    }

    fn of_iam(
        &self,
        resource: &Resource<'a>,
        place: &KnownPlace,
        kind: &str,
        property: &str,
    ) -> Identity {
        let path = match resource.property("Path") {
            None => Ok("/".to_owned()),
            Some(node) => self.text(node).map(|path| path.unwrap_or_else(|| "/".to_owned())),
        };
        let name = self.name(resource, property, true);
        in_iam(place, kind, path, name, self.stand_in(resource.id))
    }

    fn name(&self, resource: &Resource<'a>, property: &str, in_iam: bool) -> Name {
        match resource.property(property).map(|node| self.text(node)) {
            Some(Ok(Some(name))) => Name::Known(name),
            None | Some(Ok(None)) => Name::Open { shape: self.generated(resource.id, in_iam) },
            Some(Err(_)) => Name::Open { shape: vec![Shape::Run(Class::Any)] },
        }
    }

    /// Names that CloudFormation makes up: in IAM the stack's, the logical id and random characters, each cut where the
    /// whole would be too long. Those of secrets lack the stack's.
    fn generated(&self, id: &str, in_iam: bool) -> Vec<Shape> {
        let text = |text: &str| Shape::Text(text.to_owned());
        let mut shape = match self.given.get("AWS::StackName") {
            Some(stack) if in_iam && stack.len() + id.len() + RANDOM <= IAM_NAME => {
                vec![text(stack), text("-"), text(id)]
            }
            _ => {
                let first: String = id.chars().take(1).collect();
                vec![Shape::Run(Class::Name), text(&first), Shape::Run(Class::Alphanumeric)]
            }
        };
        shape.push(text("-"));
        shape.extend(vec![Shape::One(Class::Alphanumeric); 8]);
        shape.push(Shape::Run(Class::Alphanumeric));
        shape
    }

    fn stand_in(&self, id: &str) -> String {
        format!("{STAND_IN}{}-{id}", self.stack)
    }
}

fn in_iam(
    place: &KnownPlace,
    kind: &str,
    path: Result<String, Unknown>,
    name: Name,
    stand_in: String,
) -> Identity {
    let arn = |path: &str, name: &str| place.arn("iam", &format!("{kind}{path}{name}"));
    let (path, reference, part) = match (path, name) {
        (Ok(path), Name::Known(name)) => {
            return Identity { arn: arn(&path, &name), reference: name, open: None };
        }
        (Ok(path), Name::Open { shape }) => (path, stand_in.clone(), shape),
        (Err(_), Name::Known(name)) => ("/".to_owned(), name, vec![Shape::Run(Class::Any)]),
        (Err(_), Name::Open { .. }) => {
            ("/".to_owned(), stand_in.clone(), vec![Shape::Run(Class::Any)])
        }
    };
    let mut before = vec![arn(&path, "").to_string()];
    if kind == "role" {
        before.push(place.arn("sts", "assumed-role/").to_string());
    }
    let arn = arn(&path, &stand_in);
    Identity { arn, reference, open: Some(Open { token: stand_in, before, part }) }
}

fn made_up(id: &str, attribute: &str) -> Unknown {
    let (id, attribute) = (escape(id), escape(attribute));
    Unknown::new(match &*attribute {
        "Ref" => format!("what a reference to `{id}` gives is known only when the stack is there"),
        _ => format!("`{id}.{attribute}` is known only when the stack is there"),
    })
}
