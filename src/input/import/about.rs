//! What is known of each format: its word, how its texts are recognised, who reads them, which options it takes.
//! The one place where every importer is named.

use super::flows::{network, one_network};
use super::{Format, Imported, Options};
use super::{
    aws, backstage, compose, containerlab, gml, graphml, icinga, jaeger, kiali, kubernetes, layer1,
    mapped, netbox, node_link, repetita, rvtools, service_graph, sndlib, terraform,
};
use crate::input::{Faults, Source};
use std::sync::Arc;

/// What is known of a format: all that the frame asks of it.
pub(super) struct About {
    /// The word on the command line.
    pub word: &'static str,
    /// What it is, for people.
    pub title: &'static str,
    /// Whether a text looks like it, by its content.
    pub looks_like: fn(&Source) -> bool,
    /// Reads texts that are of it.
    pub read: fn(&[Arc<Source>], &Options) -> Result<Imported, Faults>,
    /// The options that mean something for it.
    pub takes: &'static [&'static str],
}

/// Options of networks.
const OF_NETWORKS: &[&str] = &["--capacity", "--all-pairs", "--service-per"];

impl Format {
    /// What is known of it.
    #[allow(clippy::too_many_lines, reason = "a table, one entry a format")]
    pub(super) fn about(self) -> About {
        match self {
            Self::Jaeger => About {
                word: "jaeger",
                title: "Jaeger's service dependencies (JSON)",
                looks_like: jaeger::looks_like,
                read: |sources, _| jaeger::read(sources),
                takes: &[],
            },
            Self::Graphml => About {
                word: "graphml",
                title: "a network in GraphML",
                looks_like: graphml::looks_like,
                read: |sources, options| one_network(sources, options, graphml::read),
                takes: OF_NETWORKS,
            },
            Self::Gml => About {
                word: "gml",
                title: "a network in GML, as of the Topology Zoo",
                looks_like: gml::looks_like,
                read: |sources, options| one_network(sources, options, gml::read),
                takes: OF_NETWORKS,
            },
            Self::NodeLink => About {
                word: "node-link",
                title: "a network in node-link JSON, as of networkx",
                looks_like: node_link::looks_like,
                read: |sources, options| one_network(sources, options, node_link::read),
                takes: OF_NETWORKS,
            },
            Self::Netbox => About {
                word: "netbox",
                title: "an export of NetBox or Nautobot (JSON)",
                looks_like: netbox::looks_like,
                read: netbox::read,
                takes: &["--service-per"],
            },
            Self::Sndlib => About {
                word: "sndlib",
                title: "a network with demands of SNDlib (XML)",
                looks_like: sndlib::looks_like,
                read: |sources, options| one_network(sources, options, sndlib::read),
                takes: OF_NETWORKS,
            },
            Self::Repetita => About {
                word: "repetita",
                title: "a network of Repetita (.graph, .demands)",
                looks_like: repetita::looks_like,
                read: |sources, options| network(sources, options, repetita::read(sources)),
                takes: OF_NETWORKS,
            },
            Self::Servicenow => About {
                word: "servicenow",
                title: "lists and relations of a ServiceNow CMDB",
                looks_like: mapped::looks_like_servicenow,
                read: mapped::read_servicenow,
                takes: &["--map"],
            },
            Self::Csv => About {
                word: "csv",
                title: "tables, as their map says",
                looks_like: mapped::looks_like,
                read: mapped::read,
                takes: &["--map"],
            },
            Self::Rvtools => About {
                word: "rvtools",
                title: "hosts and virtual machines of RVTools (.xlsx, CSV)",
                looks_like: rvtools::looks_like,
                read: rvtools::read,
                takes: &["--overcommit"],
            },
            Self::Kubernetes => About {
                word: "kubernetes",
                title: "a Kubernetes cluster (kubectl get -o json or yaml, manifests)",
                looks_like: kubernetes::looks_like,
                read: kubernetes::read,
                takes: &[],
            },
            Self::Compose => About {
                word: "compose",
                title: "services of Docker Compose (YAML)",
                looks_like: compose::looks_like,
                read: compose::read,
                takes: &[],
            },
            Self::Terraform => About {
                word: "terraform",
                title: "a state or plan of Terraform (JSON)",
                looks_like: terraform::looks_like,
                read: terraform::read,
                takes: &[],
            },
            Self::Aws => About {
                word: "aws",
                title: "answers of the AWS command line (describe-…)",
                looks_like: aws::looks_like,
                read: aws::read,
                takes: &[],
            },
            Self::Kiali => About {
                word: "kiali",
                title: "a graph of Kiali (Istio)",
                looks_like: kiali::looks_like,
                read: kiali::read,
                takes: &[],
            },
            Self::ServiceGraph => About {
                word: "service-graph",
                title: "a service graph of OpenTelemetry (Prometheus, OTLP)",
                looks_like: service_graph::looks_like,
                read: service_graph::read,
                takes: &[],
            },
            Self::Backstage => About {
                word: "backstage",
                title: "a catalog of Backstage (YAML)",
                looks_like: backstage::looks_like,
                read: backstage::read,
                takes: &[],
            },
            Self::Icinga => About {
                word: "icinga",
                title: "business processes of Icinga or Nagios",
                looks_like: icinga::looks_like,
                read: icinga::read,
                takes: &[],
            },
            Self::Layer1 => About {
                word: "layer1",
                title: "layer-1 neighbours (JSON)",
                looks_like: layer1::looks_like_neighbours,
                read: |sources, options| one_network(sources, options, layer1::read_neighbours),
                takes: OF_NETWORKS,
            },
            Self::Containerlab => About {
                word: "containerlab",
                title: "a topology of containerlab (YAML)",
                looks_like: containerlab::looks_like,
                read: |sources, options| one_network(sources, options, containerlab::read),
                takes: OF_NETWORKS,
            },
        }
    }

    /// The word for it on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.about().word
    }

    /// What it is, for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.about().title
    }

    /// The format of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.word() == word)
    }
}
