//! Where the parts of clouds are, and which of them stand by.

use super::{aws, said, state, targets, terraform, zone};
use brownout::model::{Need, Split};
use std::collections::BTreeMap;

const KNOWN_SUBNET: (&str, &str, &str) = (
    "aws_subnet",
    "a",
    r#"{"attributes": {"id": "s-1", "availability_zone": "eu-1a"}}"#,
);

#[test]
fn with_a_zone_unknown_nothing_is_put_into_the_only_one_that_is_known() {
    let imported = state(&[
        KNOWN_SUBNET,
        (
            "aws_lb",
            "two",
            r#"{"attributes": {"arn": "two", "subnets": ["s-1", "s-2"]}}"#,
        ),
        (
            "aws_lb",
            "mapped",
            r#"{"attributes": {"arn": "mapped", "subnet_mapping": [{"subnet_id": "s-1"}, {"subnet_id": "s-2"}]}}"#,
        ),
        (
            "aws_lb",
            "one",
            r#"{"attributes": {"arn": "one", "subnets": ["s-1"]}}"#,
        ),
        (
            "aws_autoscaling_group",
            "g",
            r#"{"attributes": {"name": "g", "desired_capacity": 2, "vpc_zone_identifier": ["s-1", "s-2"]}}"#,
        ),
        (
            "aws_eks_node_group",
            "n",
            r#"{"attributes": {"id": "n", "subnet_ids": ["s-2", "s-1"], "scaling_config": [{"desired_size": 2}]}}"#,
        ),
        (
            "aws_db_subnet_group",
            "d",
            r#"{"attributes": {"name": "d", "subnet_ids": ["s-1", "s-2", "s-3"]}}"#,
        ),
        (
            "aws_db_instance",
            "d",
            r#"{"attributes": {"id": "d", "multi_az": true, "availability_zone": "eu-1b", "db_subnet_group_name": "d"}}"#,
        ),
    ]);
    let draft = &imported.draft;
    for id in ["aws_lb.two", "aws_lb.mapped"] {
        assert!(zone(draft, id).is_empty(), "{id}");
        assert!(said(&imported, id).contains("no file says that of some of its subnets"));
    }
    assert_eq!(zone(draft, "aws_lb.one"), ["eu-1a"]);
    for id in ["aws_autoscaling_group.g", "aws_eks_node_group.n"] {
        assert_eq!(zone(draft, &format!("{id}/1")), ["eu-1a"]);
        assert!(zone(draft, &format!("{id}/2")).is_empty(), "{id}");
        assert!(said(&imported, id).contains("its members there are in none"));
    }
    // It may stand by in eu-1a, or in the zone of a subnet that nobody describes.
    assert_eq!(zone(draft, "aws_db_instance.d/1"), ["eu-1b"]);
    assert!(zone(draft, "aws_db_instance.d/2").is_empty());

    let brokers = aws(&[
        r#"{"Subnets": [{"SubnetId": "s-1", "AvailabilityZone": "eu-1a"}],
            "ClusterInfoList": [{"ClusterName": "k", "NumberOfBrokerNodes": 2, "State": "ACTIVE",
            "BrokerNodeGroupInfo": {"ClientSubnets": ["s-1", "s-2"]}}]}"#,
    ]);
    assert_eq!(zone(&brokers.draft, "k/1"), ["eu-1a"]);
    assert!(zone(&brokers.draft, "k/2").is_empty());
}

#[test]
fn in_a_plan_a_subnet_that_is_not_made_yet_is_nobodys() {
    let imported = terraform(
        r#"{"format_version": "1.2", "terraform_version": "1.7.0", "planned_values": {"root_module": {"resources": [
        {"address": "aws_subnet.a", "mode": "managed", "type": "aws_subnet", "values": {"availability_zone": "eu-1a"}},
        {"address": "aws_instance.a", "mode": "managed", "type": "aws_instance", "values": {}},
        {"address": "aws_lb.a", "mode": "managed", "type": "aws_lb", "values": {"subnets": [null, null]}}]}}}"#,
    );
    assert!(zone(&imported.draft, "aws_instance.a").is_empty());
    assert!(zone(&imported.draft, "aws_lb.a").is_empty());
}

#[test]
fn each_side_of_a_database_is_in_the_zone_that_is_stated_for_it() {
    let imported = state(&[
        (
            "google_sql_database_instance",
            "s",
            r#"{"attributes": {"name": "s", "region": "eu", "settings": [{"availability_type": "REGIONAL",
                "location_preference": [{"zone": "eu-b", "secondary_zone": "eu-c"}]}]}}"#,
        ),
        (
            "google_sql_database_instance",
            "t",
            r#"{"attributes": {"name": "t", "region": "eu", "settings": [{"availability_type": "REGIONAL",
                "location_preference": [{"secondary_zone": "eu-c"}]}]}}"#,
        ),
        (
            "azurerm_postgresql_flexible_server",
            "p",
            r#"{"attributes": {"name": "p", "location": "west", "zone": "1",
                "high_availability": [{"mode": "ZoneRedundant", "standby_availability_zone": "2"}]}}"#,
        ),
        (
            "azurerm_postgresql_flexible_server",
            "q",
            r#"{"attributes": {"name": "q", "location": "west", "zone": "1", "high_availability": [{"mode": "SameZone"}]}}"#,
        ),
        (
            "aws_rds_cluster",
            "c",
            r#"{"attributes": {"id": "c", "db_cluster_instance_class": "x", "availability_zones": ["eu-1a", "eu-1b", "eu-1c"]}}"#,
        ),
    ]);
    let draft = &imported.draft;
    for (id, places) in [
        ("google_sql_database_instance.s", &["eu-b", "eu-c"][..]),
        ("google_sql_database_instance.t", &["", "eu-c"]),
        (
            "azurerm_postgresql_flexible_server.p",
            &["west-1", "west-2"],
        ),
        (
            "azurerm_postgresql_flexible_server.q",
            &["west-1", "west-1"],
        ),
        ("aws_rds_cluster.c", &["eu-1a", "eu-1b", "eu-1c"]),
    ] {
        for (n, place) in places.iter().enumerate() {
            let zone = zone(draft, &format!("{id}/{}", n + 1));
            assert_eq!(zone.concat(), *place, "{id} {n}");
        }
        assert_eq!(targets(draft, id).len(), places.len());
    }
    let stated = said(&imported, "google_sql_database_instance.s");
    assert!(!stated.contains("does not say"), "{stated}");
    let half = said(&imported, "google_sql_database_instance.t");
    assert!(half.contains("the one that works"), "{half}");
    let same = said(&imported, "azurerm_postgresql_flexible_server.q");
    assert!(same.contains("in the same zone"), "{same}");
}

#[test]
fn a_group_of_caches_has_replicas_in_each_of_its_parts() {
    let group = |name: &'static str, attributes: &'static str| {
        ("aws_elasticache_replication_group", name, attributes)
    };
    let imported = state(&[
        group(
            "three",
            r#"{"attributes": {"num_node_groups": 1, "replicas_per_node_group": 2, "automatic_failover_enabled": true,
                "preferred_cache_cluster_azs": ["eu-1b", "eu-1a", "eu-1c"]}}"#,
        ),
        group(
            "parts",
            r#"{"attributes": {"num_node_groups": 2, "replicas_per_node_group": 1, "num_cache_clusters": 4, "automatic_failover_enabled": true}}"#,
        ),
        group(
            "counted",
            r#"{"attributes": {"number_cache_clusters": 3, "automatic_failover_enabled": true}}"#,
        ),
        group(
            "by_hand",
            r#"{"attributes": {"num_cache_clusters": 3, "automatic_failover_enabled": false}}"#,
        ),
        group("single", r#"{"attributes": {"num_cache_clusters": 1}}"#),
        group(
            "block",
            r#"{"attributes": {"cluster_mode": [{"num_node_groups": 3, "replicas_per_node_group": 0}], "automatic_failover_enabled": true}}"#,
        ),
    ]);
    let draft = &imported.draft;
    let id = |name: &str| format!("aws_elasticache_replication_group.{name}");
    let three = id("three");
    assert_eq!(targets(draft, &three).len(), 3);
    let zones = [1, 2, 3].map(|n| zone(draft, &format!("{three}/{n}")).concat());
    assert_eq!(zones, ["eu-1b", "eu-1a", "eu-1c"]);
    assert_eq!(targets(draft, &id("parts")), [id("parts/1"), id("parts/2")]);
    assert_eq!(
        targets(draft, &id("parts/2")),
        [id("parts/2/1"), id("parts/2/2")]
    );
    assert_eq!(targets(draft, &id("counted")).len(), 3);
    assert_eq!(targets(draft, &id("block")).len(), 3);
    assert!(targets(draft, &id("single")).is_empty());
    let splits: BTreeMap<&str, Split> = draft
        .requirements
        .iter()
        .map(|r| (&*draft.nodes[r.consumer as usize].node.id, r.split))
        .collect();
    assert_eq!(splits[&*id("parts")], Split::Shard);
    assert_eq!(splits[&*id("three")], Split::Standby);
    // Where nothing takes over by itself the first is needed, and no other.
    let hand = id("by_hand");
    let of_it = draft.requirements.iter();
    let of_it = of_it.filter(|r| *draft.nodes[r.consumer as usize].node.id == *hand);
    let need: Vec<bool> = of_it.map(|r| r.need == Need::AtLeast(0)).collect();
    assert_eq!(need, [false, true, true]);
    assert!(said(&imported, &hand).contains("do not take over"));

    let answer = aws(&[
        r#"{"CacheClusters": [{"CacheClusterId": "r-1", "NumCacheNodes": 1, "PreferredAvailabilityZone": "eu-1a", "ReplicationGroupId": "r"},
            {"CacheClusterId": "lone", "NumCacheNodes": 1, "PreferredAvailabilityZone": "eu-1a", "ReplicationGroupId": "q"}],
            "ReplicationGroups": [{"ReplicationGroupId": "r", "Status": "available", "AutomaticFailover": "enabled", "NodeGroups": [{"NodeGroupMembers": [
            {"CacheClusterId": "r-1", "CurrentRole": "replica", "PreferredAvailabilityZone": "eu-1a"},
            {"CacheClusterId": "r-2", "CurrentRole": "primary", "PreferredAvailabilityZone": "eu-1b"}]}]}]}"#,
    ]);
    assert_eq!(targets(&answer.draft, "r"), ["r-2", "r-1"]);
    assert_eq!(zone(&answer.draft, "r-2"), ["eu-1b"]);
    assert!(said(&answer, "lone").contains("describe-replication-groups"));
}
