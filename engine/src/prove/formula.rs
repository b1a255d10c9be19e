use std::collections::HashMap;

use foldhash::fast::FixedState;

/// A Boolean that the solver may choose; what it means is the business of `space`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct AtomId(pub(super) u32);

impl AtomId {
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A formula over atoms, in an [`Arena`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct NodeId(u32);

impl NodeId {
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// How a formula is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Node {
    False,
    True,
    Atom(AtomId),
    Not(NodeId),
    And(NodeId, NodeId),
    Or(NodeId, NodeId),
}

/// What is certainly so, and what may be so: two formulas, the first implying the second. They differ where AWS's
/// documents leave the answer open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Formula {
    pub(super) certain: NodeId,
    pub(super) possible: NodeId,
}

/// All formulas of one question. Equal formulas are one node; a node comes after those that it is made of.
#[derive(Debug)]
pub(super) struct Arena {
    nodes: Vec<Node>,
    known: HashMap<Node, NodeId, FixedState>,
}

pub(super) const FALSE: NodeId = NodeId(0);
pub(super) const TRUE: NodeId = NodeId(1);

impl From<NodeId> for Formula {
    fn from(node: NodeId) -> Self {
        Self { certain: node, possible: node }
    }
}

impl Arena {
    pub(super) fn new() -> Self {
        let nodes = vec![Node::False, Node::True];
        let known = HashMap::from_iter([(Node::False, FALSE), (Node::True, TRUE)]);
        Self { nodes, known }
    }

    pub(super) fn node(&self, id: NodeId) -> Node {
        self.nodes.get(id.0 as usize).copied().unwrap_or(Node::False)
    }

    pub(super) const fn constant(value: bool) -> NodeId {
        if value { TRUE } else { FALSE }
    }

    pub(super) fn atom(&mut self, atom: AtomId) -> NodeId {
        self.intern(Node::Atom(atom))
    }

    pub(super) fn not(&mut self, a: NodeId) -> NodeId {
        match self.node(a) {
            Node::False => TRUE,
            Node::True => FALSE,
            Node::Not(inner) => inner,
            _ => self.intern(Node::Not(a)),
        }
    }

    pub(super) fn and(&mut self, a: NodeId, b: NodeId) -> NodeId {
        if a == b || b == TRUE {
            return a;
        }
        if a == TRUE {
            return b;
        }
        if a == FALSE || b == FALSE || self.are_opposite(a, b) {
            return FALSE;
        }
        self.intern(Node::And(a.min(b), a.max(b)))
    }

    pub(super) fn or(&mut self, a: NodeId, b: NodeId) -> NodeId {
        if a == b || b == FALSE {
            return a;
        }
        if a == FALSE {
            return b;
        }
        if a == TRUE || b == TRUE || self.are_opposite(a, b) {
            return TRUE;
        }
        self.intern(Node::Or(a.min(b), a.max(b)))
    }

    pub(super) fn all(&mut self, list: impl IntoIterator<Item = NodeId>) -> NodeId {
        list.into_iter().fold(TRUE, |all, node| self.and(all, node))
    }

    pub(super) fn any(&mut self, list: impl IntoIterator<Item = NodeId>) -> NodeId {
        list.into_iter().fold(FALSE, |any, node| self.or(any, node))
    }

    /// Both, for what is certain and for what is possible.
    pub(super) fn both(&mut self, a: Formula, b: Formula) -> Formula {
        Formula {
            certain: self.and(a.certain, b.certain),
            possible: self.and(a.possible, b.possible),
        }
    }

    /// At least one, for what is certain and for what is possible.
    pub(super) fn either(&mut self, a: Formula, b: Formula) -> Formula {
        Formula {
            certain: self.or(a.certain, b.certain),
            possible: self.or(a.possible, b.possible),
        }
    }

    /// The opposite: certain where the formula is not even possible.
    pub(super) fn without(&mut self, a: Formula) -> Formula {
        Formula { certain: self.not(a.possible), possible: self.not(a.certain) }
    }

    pub(super) fn implies(&mut self, a: NodeId, b: NodeId) -> NodeId {
        let not_a = self.not(a);
        self.or(not_a, b)
    }

    pub(super) fn same(&mut self, a: NodeId, b: NodeId) -> NodeId {
        let forth = self.implies(a, b);
        let back = self.implies(b, a);
        self.and(forth, back)
    }

    fn are_opposite(&self, a: NodeId, b: NodeId) -> bool {
        self.node(a) == Node::Not(b) || self.node(b) == Node::Not(a)
    }

    fn intern(&mut self, node: Node) -> NodeId {
        if let Some(id) = self.known.get(&node) {
            return *id;
        }
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node);
        self.known.insert(node, id);
        id
    }

    /// The nodes that `roots` are made of, each after its parts.
    pub(super) fn parts(&self, roots: &[NodeId]) -> Vec<NodeId> {
        let mut wanted = vec![false; self.nodes.len()];
        for root in roots {
            mark(&mut wanted, *root);
        }
        for index in (0..self.nodes.len()).rev() {
            if wanted.get(index).copied().unwrap_or(false) {
                match self.nodes.get(index) {
                    Some(Node::Not(a)) => mark(&mut wanted, *a),
                    Some(Node::And(a, b) | Node::Or(a, b)) => {
                        mark(&mut wanted, *a);
                        mark(&mut wanted, *b);
                    }
                    _ => {}
                }
            }
        }
        let marked = (0..).zip(&wanted).filter(|(_, wanted)| **wanted);
        marked.map(|(index, _)| NodeId(index)).collect()
    }

    /// Whether `root` holds under an assignment; `parts` are those that [`Arena::parts`] made of it. `scratch` is kept
    /// between calls to spare memory.
    pub(super) fn holds(
        &self,
        parts: &[NodeId],
        root: NodeId,
        atom: &dyn Fn(AtomId) -> bool,
        scratch: &mut Vec<bool>,
    ) -> bool {
        scratch.resize(self.nodes.len(), false);
        for id in parts {
            let value = self.evaluate(*id, atom, scratch);
            if let Some(slot) = scratch.get_mut(id.0 as usize) {
                *slot = value;
            }
        }
        Self::value(scratch, root).unwrap_or(false)
    }

    /// The same where some atoms are left open: `None` if `root` hangs on them.
    pub(super) fn settles(
        &self,
        parts: &[NodeId],
        root: NodeId,
        atom: &dyn Fn(AtomId) -> Option<bool>,
        scratch: &mut Vec<Option<bool>>,
    ) -> Option<bool> {
        scratch.resize(self.nodes.len(), None);
        for id in parts {
            let of = |id: NodeId| scratch.get(id.0 as usize).copied().flatten();
            let value = match self.node(*id) {
                Node::False => Some(false),
                Node::True => Some(true),
                Node::Atom(id) => atom(id),
                Node::Not(a) => of(a).map(|a| !a),
                Node::And(a, b) => match (of(a), of(b)) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (Some(true), Some(true)) => Some(true),
                    _ => None,
                },
                Node::Or(a, b) => match (of(a), of(b)) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                },
            };
            if let Some(slot) = scratch.get_mut(id.0 as usize) {
                *slot = value;
            }
        }
        scratch.get(root.0 as usize).copied().flatten()
    }

    /// Atoms that make `root` true, found without trying twice: every part that is not as it should be while all
    /// atoms are false is mended, one way. It need not work; the rest is for the solver.
    pub(super) fn guess(&self, root: NodeId) -> Vec<AtomId> {
        let mut values = Vec::new();
        self.extend(&mut values, &|_| false);
        let is = |id: NodeId| Self::value(&values, id).unwrap_or(false);
        let mut wanted = Vec::new();
        let mut work = vec![(root, true)];
        while let Some((id, want)) = work.pop() {
            if is(id) == want {
                continue;
            }
            match (self.node(id), want) {
                (Node::Atom(atom), true) => wanted.push(atom),
                (Node::Not(a), _) => work.push((a, !want)),
                (Node::And(a, b), true) | (Node::Or(a, b), false) => {
                    work.extend([(a, want), (b, want)]);
                }
                (Node::And(a, _) | Node::Or(a, _), _) => work.push((a, want)),
                (Node::False | Node::True | Node::Atom(_), _) => {}
            }
        }
        wanted
    }

    /// Evaluates the nodes that `values`, which holds those of the first, lacks.
    pub(super) fn extend(&self, values: &mut Vec<bool>, atom: &dyn Fn(AtomId) -> bool) {
        for id in (0..).map(NodeId).take(self.nodes.len()).skip(values.len()) {
            let value = self.evaluate(id, atom, values);
            values.push(value);
        }
    }

    /// A node's value among `values`.
    pub(super) fn value(values: &[bool], id: NodeId) -> Option<bool> {
        values.get(id.0 as usize).copied()
    }

    fn evaluate(&self, id: NodeId, atom: &dyn Fn(AtomId) -> bool, values: &[bool]) -> bool {
        let of = |id: NodeId| Self::value(values, id).unwrap_or(false);
        match self.node(id) {
            Node::False => false,
            Node::True => true,
            Node::Atom(id) => atom(id),
            Node::Not(a) => !of(a),
            Node::And(a, b) => of(a) && of(b),
            Node::Or(a, b) => of(a) || of(b),
        }
    }
}

fn mark(wanted: &mut [bool], id: NodeId) {
    if let Some(slot) = wanted.get_mut(id.0 as usize) {
        *slot = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_formulas_are_one_node_and_constants_vanish() {
        let mut arena = Arena::new();
        let a = arena.atom(AtomId(0));
        let b = arena.atom(AtomId(1));
        assert_eq!(arena.and(a, b), arena.and(b, a));
        assert_eq!(arena.and(a, TRUE), a);
        assert_eq!(arena.or(a, TRUE), TRUE);
        let not_a = arena.not(a);
        assert_eq!(arena.not(not_a), a);
        assert_eq!(arena.and(a, not_a), FALSE);
        assert_eq!(arena.or(not_a, a), TRUE);
    }

    #[test]
    fn evaluation_follows_the_connectives() {
        let mut arena = Arena::new();
        let a = arena.atom(AtomId(0));
        let b = arena.atom(AtomId(1));
        let not_b = arena.not(b);
        let root = arena.implies(a, not_b);
        let parts = arena.parts(&[root]);
        let mut scratch = Vec::new();
        for (x, y) in [(false, false), (false, true), (true, false), (true, true)] {
            let value = |atom: AtomId| if atom.0 == 0 { x } else { y };
            assert_eq!(arena.holds(&parts, root, &value, &mut scratch), !x || !y);
        }
    }
}
