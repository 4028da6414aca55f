//! Which kinds of object the importer reads, and by which names they go.

use super::wire::Fields;

/// A kind of object, in the order in which things are made of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Model {
    ContentType,
    Status,
    Region,
    SiteGroup,
    Tenant,
    Site,
    LocationType,
    Location,
    RackGroup,
    RackRole,
    Rack,
    Role,
    DeviceType,
    VirtualChassis,
    Device,
    DeviceClusterAssignment,
    DeviceBay,
    Module,
    ModuleBay,
    Interface,
    FrontPort,
    RearPort,
    PortMapping,
    PowerPort,
    PowerOutlet,
    PowerPanel,
    PowerFeed,
    ConsolePort,
    ConsoleServerPort,
    Cable,
    CableTermination,
    InterfaceConnection,
    Provider,
    ProviderNetwork,
    CircuitType,
    Circuit,
    CircuitTermination,
    CircuitGroup,
    CircuitGroupAssignment,
    Cluster,
    VirtualMachine,
    VmInterface,
    FhrpGroup,
    FhrpGroupAssignment,
    Service,
}

/// Name in a dump, endpoint in the API.
const NAMES: [(Model, &str, &str); 48] = [
    (
        Model::ContentType,
        "contenttypes.contenttype",
        "extras/content-types",
    ),
    (Model::Status, "extras.status", "extras/statuses"),
    (Model::Region, "dcim.region", "dcim/regions"),
    (Model::SiteGroup, "dcim.sitegroup", "dcim/site-groups"),
    (Model::Tenant, "tenancy.tenant", "tenancy/tenants"),
    (Model::Site, "dcim.site", "dcim/sites"),
    (
        Model::LocationType,
        "dcim.locationtype",
        "dcim/location-types",
    ),
    (Model::Location, "dcim.location", "dcim/locations"),
    (Model::RackGroup, "dcim.rackgroup", "dcim/rack-groups"),
    (Model::RackRole, "dcim.rackrole", "dcim/rack-roles"),
    (Model::Rack, "dcim.rack", "dcim/racks"),
    (Model::Role, "dcim.devicerole", "dcim/device-roles"),
    (Model::Role, "extras.role", "extras/roles"),
    (Model::DeviceType, "dcim.devicetype", "dcim/device-types"),
    (
        Model::VirtualChassis,
        "dcim.virtualchassis",
        "dcim/virtual-chassis",
    ),
    (Model::Device, "dcim.device", "dcim/devices"),
    (
        Model::DeviceClusterAssignment,
        "dcim.deviceclusterassignment",
        "dcim/device-cluster-assignments",
    ),
    (Model::DeviceBay, "dcim.devicebay", "dcim/device-bays"),
    (Model::Module, "dcim.module", "dcim/modules"),
    (Model::ModuleBay, "dcim.modulebay", "dcim/module-bays"),
    (Model::Interface, "dcim.interface", "dcim/interfaces"),
    (Model::FrontPort, "dcim.frontport", "dcim/front-ports"),
    (Model::RearPort, "dcim.rearport", "dcim/rear-ports"),
    (Model::PortMapping, "dcim.portmapping", "dcim/port-mappings"),
    (Model::PowerPort, "dcim.powerport", "dcim/power-ports"),
    (Model::PowerOutlet, "dcim.poweroutlet", "dcim/power-outlets"),
    (Model::PowerPanel, "dcim.powerpanel", "dcim/power-panels"),
    (Model::PowerFeed, "dcim.powerfeed", "dcim/power-feeds"),
    (Model::ConsolePort, "dcim.consoleport", "dcim/console-ports"),
    (
        Model::ConsoleServerPort,
        "dcim.consoleserverport",
        "dcim/console-server-ports",
    ),
    (Model::Cable, "dcim.cable", "dcim/cables"),
    (
        Model::CableTermination,
        "dcim.cabletermination",
        "dcim/cable-terminations",
    ),
    (
        Model::InterfaceConnection,
        "dcim.interfaceconnection",
        "dcim/interface-connections",
    ),
    (Model::Provider, "circuits.provider", "circuits/providers"),
    (
        Model::ProviderNetwork,
        "circuits.providernetwork",
        "circuits/provider-networks",
    ),
    (
        Model::CircuitType,
        "circuits.circuittype",
        "circuits/circuit-types",
    ),
    (Model::Circuit, "circuits.circuit", "circuits/circuits"),
    (
        Model::CircuitTermination,
        "circuits.circuittermination",
        "circuits/circuit-terminations",
    ),
    (
        Model::CircuitGroup,
        "circuits.circuitgroup",
        "circuits/circuit-groups",
    ),
    (
        Model::CircuitGroupAssignment,
        "circuits.circuitgroupassignment",
        "circuits/circuit-group-assignments",
    ),
    (
        Model::Cluster,
        "virtualization.cluster",
        "virtualization/clusters",
    ),
    (
        Model::VirtualMachine,
        "virtualization.virtualmachine",
        "virtualization/virtual-machines",
    ),
    (
        Model::VmInterface,
        "virtualization.vminterface",
        "virtualization/interfaces",
    ),
    (Model::FhrpGroup, "ipam.fhrpgroup", "ipam/fhrp-groups"),
    (
        Model::FhrpGroupAssignment,
        "ipam.fhrpgroupassignment",
        "ipam/fhrp-group-assignments",
    ),
    (Model::Service, "ipam.service", "ipam/services"),
    (Model::ContentType, "core.objecttype", "core/object-types"),
    (
        Model::ContentType,
        "extras.objecttype",
        "extras/object-types",
    ),
];

/// Objects that a cable can end at.
pub(super) const CABLED: [Model; 9] = [
    Model::Interface,
    Model::FrontPort,
    Model::RearPort,
    Model::PowerPort,
    Model::PowerOutlet,
    Model::PowerFeed,
    Model::CircuitTermination,
    Model::ConsolePort,
    Model::ConsoleServerPort,
];

impl Model {
    /// The kind with this name in a dump, as `dcim.device`.
    pub fn of_name(name: &str) -> Option<Self> {
        let found = NAMES.iter().find(|(_, dump, _)| *dump == name);
        found.map(|&(model, _, _)| model)
    }

    /// The kind that an address of the API leads to.
    pub fn of_url(url: &str) -> Option<Self> {
        let (_, path) = url.rsplit_once("/api/")?;
        let path = path.split('?').next()?;
        let mut parts = path.split('/');
        let (app, list) = (parts.next()?, parts.next()?);
        let is = |end: &str| end.split_once('/') == Some((app, list));
        let found = NAMES.iter().find(|(_, _, end)| is(end));
        found.map(|&(model, _, _)| model)
    }

    /// The kind of a list in a bundle, as `devices`, `dcim/devices` or `dcim.device`.
    pub fn of_list(name: &str) -> Option<Self> {
        let name = name.trim_matches('/').replace('_', "-");
        let is = |end: &str| end == name || end.split_once('/').is_some_and(|(_, l)| l == name);
        let found = NAMES.iter().find(|(_, dump, end)| *dump == name || is(end));
        found.map(|&(model, _, _)| model)
    }

    /// The kind of an object that old versions of the API give without its address.
    pub fn of_fields(fields: &Fields) -> Option<Self> {
        let all = |names: &[&str]| names.iter().all(|name| fields.has(name));
        let signatures: [(Self, bool); 8] = [
            (
                Self::Device,
                all(&["device_type", "role"]) || all(&["device_type", "device_role"]),
            ),
            (Self::VirtualMachine, all(&["vcpus", "memory", "cluster"])),
            (
                Self::InterfaceConnection,
                all(&["interface_a", "interface_b"]),
            ),
            (
                Self::Cable,
                all(&["termination_a_id", "termination_b_id"])
                    || all(&["a_terminations", "b_terminations"]),
            ),
            (
                Self::Interface,
                all(&["device", "mgmt_only"]) || all(&["device", "form_factor"]),
            ),
            (Self::PowerPort, all(&["device", "power_outlet"])),
            (Self::PowerOutlet, all(&["device", "connected_port"])),
            (Self::Circuit, all(&["cid", "provider"])),
        ];
        let found = signatures.into_iter().find(|(_, fits)| *fits);
        found.map(|(model, _)| model)
    }

    /// Its name in a dump.
    pub fn name(self) -> &'static str {
        let found = NAMES.iter().find(|(model, _, _)| *model == self);
        found.map_or("?", |(_, name, _)| name)
    }

    /// Its list in the API.
    pub fn list(self) -> &'static str {
        let found = NAMES.iter().find(|(model, _, _)| *model == self);
        found.map_or("?", |(_, _, end)| end)
    }

    /// The kind that a field of this kind refers to.
    pub fn target(self, field: &str) -> Option<Self> {
        Some(match field {
            "site" | "_site" => Self::Site,
            "location" | "_location" => Self::Location,
            "location_type" => Self::LocationType,
            "rack_group" => Self::RackGroup,
            "rack" => Self::Rack,
            "region" => Self::Region,
            "tenant" => Self::Tenant,
            "role" if self == Self::Rack => Self::RackRole,
            "role" | "device_role" => Self::Role,
            "device_type" => Self::DeviceType,
            "device" | "parent_device" | "installed_device" | "master" => Self::Device,
            "virtual_chassis" => Self::VirtualChassis,
            "cluster" => Self::Cluster,
            "virtual_machine" => Self::VirtualMachine,
            "provider" => Self::Provider,
            "provider_network" | "_provider_network" => Self::ProviderNetwork,
            "circuit" => Self::Circuit,
            "power_panel" | "destination_panel" => Self::PowerPanel,
            "power_port" => Self::PowerPort,
            "power_outlet" => Self::PowerOutlet,
            "rear_port" => Self::RearPort,
            "front_port" => Self::FrontPort,
            "interface_a" | "interface_b" | "lag" => Self::Interface,
            "module" | "parent_module" => Self::Module,
            "module_bay" | "parent_module_bay" => Self::ModuleBay,
            "cable" => Self::Cable,
            "group" => match self {
                Self::Site => Self::SiteGroup,
                Self::Rack => Self::RackGroup,
                Self::FhrpGroupAssignment => Self::FhrpGroup,
                Self::CircuitGroupAssignment => Self::CircuitGroup,
                _ => return None,
            },
            "type" if self == Self::Circuit => Self::CircuitType,
            "parent"
                if matches!(
                    self,
                    Self::Region | Self::SiteGroup | Self::Location | Self::RackGroup
                ) =>
            {
                self
            }
            "parent" | "parent_interface"
                if matches!(self, Self::Interface | Self::VmInterface) =>
            {
                self
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_known_by_its_name_its_address_and_its_list() {
        for (model, name, end) in NAMES {
            assert_eq!(Model::of_name(name), Some(model));
            let url = format!("https://netbox.example.com/base/api/{end}/7/?x=/api/");
            assert_eq!(
                Model::of_url(&url.replace("?x=/api/", "")),
                Some(model),
                "{url}"
            );
            assert_eq!(Model::of_list(end), Some(model));
        }
        assert_eq!(Model::of_list("power_feeds"), Some(Model::PowerFeed));
        assert_eq!(
            Model::of_url("http://h/api/dcim/devices/?limit=50&offset=150"),
            Some(Model::Device)
        );
        assert_eq!(Model::of_url("http://h/api/ipam/vlans/1/"), None);
    }
}
