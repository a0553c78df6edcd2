//! That shapes have names, and that nothing else changes.

use serde_json::{Value, json};

use super::*;

/// The schemas of a document after their shapes were named.
fn named(schemas: Value) -> Value {
    let mut schemas: Schemas = serde_json::from_value(schemas).unwrap();
    name_shapes(&mut schemas);
    serde_json::to_value(&schemas).unwrap()
}

/// An object with a tag of one value.
fn shape(tag: &str) -> Value {
    json!({"type": "object", "required": ["tag"], "properties": {"tag": {"type": "string", "enum": [tag]}}})
}

#[test]
fn shapes_are_named_after_tag_and_union() {
    let schemas = named(json!({"FruitAnswer": {"oneOf": [shape("apple"), shape("red_currant")]}}));
    assert_eq!(
        schemas["FruitAnswer"],
        json!({
            "oneOf": [{"$ref": "#/components/schemas/AppleFruit"}, {"$ref": "#/components/schemas/RedCurrantFruit"}],
            "discriminator": {"propertyName": "tag", "mapping": {
                "apple": "#/components/schemas/AppleFruit",
                "red_currant": "#/components/schemas/RedCurrantFruit",
            }},
        })
    );
    assert_eq!(schemas["AppleFruit"]["properties"]["tag"], json!({"type": "string", "const": "apple"}));
    assert_eq!(schemas["RedCurrantFruit"]["required"], json!(["tag"]));
}

#[test]
fn a_struct_that_flattens_a_union_is_one() {
    let schemas = named(json!({
        "Inner": {"oneOf": [shape("apple"), shape("plum")]},
        "Basket": {"description": "A basket.", "allOf": [
            {"$ref": "#/components/schemas/Inner"},
            {"type": "object", "required": ["weight"], "properties": {"weight": {"type": "integer"}}},
        ]},
    }));
    assert_eq!(schemas["Basket"]["description"], "A basket.");
    assert_eq!(schemas["Basket"]["oneOf"][1]["$ref"], "#/components/schemas/PlumBasket");
    assert_eq!(schemas["PlumBasket"]["required"], json!(["tag", "weight"]));
    assert_eq!(schemas["PlumBasket"]["properties"]["weight"], json!({"type": "integer"}));
    assert!(schemas.get("Inner").is_none());
}

#[test]
fn other_schemas_stay() {
    let others = json!({
        "Name": {"type": "string"},
        "Either": {"oneOf": [{"$ref": "#/components/schemas/Name"}, {"type": "null"}]},
        "Both": {"allOf": [
            {"$ref": "#/components/schemas/Part"},
            {"type": "object", "properties": {"name": {"$ref": "#/components/schemas/Name"}}},
        ]},
        "Part": {"type": "object", "properties": {"colour": {"type": "string", "enum": ["red", "blue"]}}},
    });
    let unchanged: Schemas = serde_json::from_value(others.clone()).unwrap();
    assert_eq!(named(others), serde_json::to_value(&unchanged).unwrap());
}
