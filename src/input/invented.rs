//! Things that no file names and an importer adds to every estate: their ids and names. They are alike in all
//! estates and yet not the same.

/// The id and the name of something that an importer adds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Invented {
    pub id: &'static str,
    pub name: &'static str,
}

/// The service of all that stands behind no load balancer, in a cloud.
pub(super) const REST: Invented = Invented {
    id: "svc:rest",
    name: "What is behind no load balancer",
};

/// The machine that runs the containers of a project.
pub(super) const CONTAINER_HOST: Invented = Invented {
    id: "host",
    name: "The machine that runs the containers",
};

/// The service of all demands of a network.
pub(super) const ALL_DEMANDS: Invented = Invented {
    id: "svc:all",
    name: "All demands of the network",
};

/// All of them.
const ALL: [Invented; 3] = [REST, CONTAINER_HOST, ALL_DEMANDS];

/// Whether something with this id and name was added by an importer.
pub(super) fn is_invented(id: &str, name: &str) -> bool {
    ALL.iter().any(|i| i.id == id && i.name == name)
}
