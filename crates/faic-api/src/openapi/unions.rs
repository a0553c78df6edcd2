//! A name for every shape of a union, for those who generate clients from the document.
//!
//! An enum of ours is told apart by a tag, and derived as a `oneOf` of objects without names, which generators then
//! number. Here each becomes a schema named after its tag and its union, such as `FinalTransaction`, with the tag as a
//! constant, and the union says by which property to choose. A struct that flattens such an enum becomes a union itself,
//! because few generators can add properties to a `oneOf`. What the schemas accept stays the same.

use std::collections::BTreeMap;

use utoipa::openapi::{
    Object, Ref, RefOr, Schema,
    extensions::Extensions,
    schema::{AllOf, Discriminator, OneOf},
};

/// The schemas of a document by their names.
type Schemas = BTreeMap<String, RefOr<Schema>>;

/// The property that tells the shapes of a union apart, and its value in one of them.
struct Tag {
    /// The name of the property.
    property: String,
    /// Its only value in a shape.
    value: String,
}

/// Names the shapes of every union.
pub(super) fn name_shapes(schemas: &mut Schemas) {
    spread_flattened(schemas);
    for (name, mut union) in all_of_kind(schemas, as_union) {
        let Some(shapes) = shapes(&union) else { continue };
        let mut discriminator = Discriminator::default();
        union.items.clear();
        for (tag, mut shape) in shapes {
            let shape_name = shape_name(&tag, &name);
            make_constant(&mut shape, &tag);
            let reference = Ref::from_schema_name(&shape_name);
            discriminator.property_name = tag.property;
            discriminator.mapping.insert(tag.value, reference.ref_location.clone());
            union.items.push(RefOr::Ref(reference));
            let before = schemas.insert(shape_name, RefOr::T(Schema::Object(shape)));
            assert!(before.is_none(), "a shape of {name} has the name of another schema");
        }
        union.discriminator = Some(discriminator);
        schemas.insert(name, RefOr::T(Schema::OneOf(union)));
    }
}

/// Makes a union of every struct that flattens one; the flattened one has no use beside it.
fn spread_flattened(schemas: &mut Schemas) {
    for (name, combination) in all_of_kind(schemas, as_combination) {
        let members: Vec<(Option<&str>, &Schema)> =
            combination.items.iter().filter_map(|member| resolve(schemas, member)).collect();
        let flattened = members.iter().find_map(|(name, member)| Some((name.as_deref()?, as_union(member)?)));
        let Some((flattened_name, union)) = flattened else { continue };
        let beside: Vec<Object> = members.iter().filter_map(|(_, member)| as_object(member)).cloned().collect();
        let mut spread = union.clone();
        for shape in &mut spread.items {
            let RefOr::T(Schema::Object(shape)) = shape else { continue };
            for object in &beside {
                shape.required.extend(object.required.iter().cloned());
                shape.properties.extend(object.properties.clone());
            }
        }
        spread.description = combination.description;
        let flattened_name = flattened_name.to_owned();
        schemas.remove(&flattened_name);
        schemas.insert(name, RefOr::T(Schema::OneOf(spread)));
    }
}

/// Copies of the schemas of one kind, with their names.
fn all_of_kind<Kind: Clone>(schemas: &Schemas, as_kind: fn(&Schema) -> Option<&Kind>) -> Vec<(String, Kind)> {
    let is_kind = |(name, schema): (&String, &RefOr<Schema>)| {
        let RefOr::T(schema) = schema else { return None };
        Some((name.clone(), as_kind(schema)?.clone()))
    };
    schemas.iter().filter_map(is_kind).collect()
}

/// The schema of a union.
fn as_union(schema: &Schema) -> Option<&OneOf> {
    if let Schema::OneOf(union) = schema { Some(union) } else { None }
}

/// The schema of what has the properties of all its members.
fn as_combination(schema: &Schema) -> Option<&AllOf> {
    if let Schema::AllOf(combination) = schema { Some(combination) } else { None }
}

/// The schema of an object.
fn as_object(schema: &Schema) -> Option<&Object> {
    if let Schema::Object(object) = schema { Some(object) } else { None }
}

/// What a member is, with its name where it has one.
fn resolve<'a>(schemas: &'a Schemas, member: &'a RefOr<Schema>) -> Option<(Option<&'a str>, &'a Schema)> {
    match member {
        RefOr::T(schema) => Some((None, schema)),
        RefOr::Ref(reference) => {
            let (_, name) = reference.ref_location.rsplit_once('/')?;
            let RefOr::T(schema) = schemas.get(name)? else { return None };
            Some((Some(name), schema))
        }
    }
}

/// The shapes of a union that are told apart by a tag; `None` for another kind of union.
fn shapes(union: &OneOf) -> Option<Vec<(Tag, Object)>> {
    let shape = |item: &RefOr<Schema>| {
        let RefOr::T(Schema::Object(object)) = item else { return None };
        Some((tag(object)?, object.clone()))
    };
    union.items.iter().map(shape).collect()
}

/// The first property of an object that must be there and has one possible text.
fn tag(object: &Object) -> Option<Tag> {
    object.properties.iter().find_map(|(property, schema)| {
        let RefOr::T(Schema::Object(Object { enum_values: Some(values), .. })) = schema else { return None };
        let [value] = values.as_slice() else { return None };
        object.required.contains(property).then_some(())?;
        Some(Tag { property: property.clone(), value: value.as_str()?.to_owned() })
    })
}

/// Says of a shape's tag that it is a constant, rather than one of a list of one.
fn make_constant(shape: &mut Object, tag: &Tag) {
    if let Some(RefOr::T(Schema::Object(property))) = shape.properties.get_mut(&tag.property) {
        property.enum_values = None;
        property.extensions = Some(Extensions::from_iter([("const", tag.value.as_str())]));
    }
}

/// The name of a shape: `final` of `TransactionAnswer` is `FinalTransaction`.
fn shape_name(tag: &Tag, union: &str) -> String {
    let capitalised = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    let words: String = tag.value.split('_').map(capitalised).collect();
    format!("{words}{}", union.strip_suffix("Answer").unwrap_or(union))
}

#[cfg(test)]
mod tests;
