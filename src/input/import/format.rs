//! The formats that can be read, by name. What is known of each stands in `about.rs`.

/// A format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Service dependencies of Jaeger: JSON with parent, child, callCount.
    Jaeger,
    /// Network: GraphML with one graph.
    Graphml,
    /// Network: GML as the Topology Zoo writes it.
    Gml,
    /// Network: node-link JSON as networkx writes it.
    NodeLink,
    /// Network and demands: SNDlib XML.
    Sndlib,
    /// Network and demands: Repetita's `.graph` and `.demands`.
    Repetita,
    /// Lists and relations of a ServiceNow CMDB: CSV, JSON of the table API.
    Servicenow,
    /// Any tables, with a map that says what they mean.
    Csv,
    /// NetBox or Nautobot: a dump, or lists of the API.
    Netbox,
    /// Hosts and virtual machines: RVTools, as a workbook or CSV.
    Rvtools,
    /// A cluster of Kubernetes: lists of `kubectl get`, manifests.
    Kubernetes,
    /// Docker Compose.
    Compose,
    /// States and plans of Terraform.
    Terraform,
    /// Answers of `aws … describe-…`.
    Aws,
    /// Graphs of Kiali.
    Kiali,
    /// Service graphs of OpenTelemetry.
    ServiceGraph,
    /// A software catalog of Backstage.
    Backstage,
    /// Business processes of Icinga or Nagios.
    Icinga,
    /// Network: a list of layer-1 neighbours.
    Layer1,
    /// Network: a topology of containerlab.
    Containerlab,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 20] = [
        Self::Jaeger,
        Self::Graphml,
        Self::Gml,
        Self::NodeLink,
        Self::Sndlib,
        Self::Repetita,
        Self::Servicenow,
        Self::Csv,
        Self::Netbox,
        Self::Rvtools,
        Self::Kubernetes,
        Self::Compose,
        Self::Terraform,
        Self::Aws,
        Self::Kiali,
        Self::ServiceGraph,
        Self::Backstage,
        Self::Icinga,
        Self::Layer1,
        Self::Containerlab,
    ];

    /// Whether its files hold more than what runs where: passwords among settings, notes, states of
    /// programs. What is wrong with them is said with its place and never shown.
    pub(super) fn may_hold_secrets(self) -> bool {
        match self {
            Self::Jaeger | Self::Sndlib | Self::Repetita | Self::Csv | Self::Layer1 => false,
            Self::Graphml
            | Self::Gml
            | Self::NodeLink
            | Self::Servicenow
            | Self::Netbox
            | Self::Rvtools
            | Self::Kubernetes
            | Self::Compose
            | Self::Terraform
            | Self::Aws
            | Self::Kiali
            | Self::ServiceGraph
            | Self::Backstage
            | Self::Icinga
            | Self::Containerlab => true,
        }
    }
}
