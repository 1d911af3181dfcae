//! Finds the rule that selects the variant of a union.

use std::collections::{BTreeMap, BTreeSet};

use super::{Document, EnumValue, Shape, Tell, Ty, Type, Variant};

impl Document {
    /// Finds the most reliable rule for each union.
    pub(super) fn tell_unions(&mut self) {
        let tell = |(name, ty): (&String, &Type)| match &ty.shape {
            Shape::Union(variants, declared) => {
                Some((name.clone(), self::tell(variants, declared, &self.types)))
            }
            _ => None,
        };
        let told: Vec<_> = self.types.iter().filter_map(tell).collect();
        for (name, told) in told {
            if let Some(Type { shape: Shape::Union(_, tell), .. }) = self.types.get_mut(&name) {
                *tell = told;
            }
        }
    }
}

fn tell(variants: &[Variant], declared: &Tell, types: &BTreeMap<String, Type>) -> Tell {
    let json: Option<Vec<_>> =
        variants.iter().map(|variant| json_type(&variant.ty, types)).collect();
    if let Some(json) = json
        && json.iter().collect::<BTreeSet<_>>().len() == variants.len()
    {
        return Tell::JsonType;
    }
    let all: Vec<_> = variants.iter().map(|variant| tags(&variant.ty, types)).collect();
    let declared = match declared {
        Tell::Tag { property, values } => {
            let listed = all.iter().map(|tags| tags.get(property.as_str()));
            let listed = listed.collect::<Option<Vec<_>>>();
            // The values that the variants list are those that the server sends.
            if listed.is_none() && are_values(values, variants.len()) {
                return Tell::Tag { property: property.clone(), values: values.clone() };
            }
            Some(property.as_str())
        }
        _ => None,
    };
    // A declared tag is tried first, then every property that each variant limits to values of its own.
    let mut candidates: Vec<_> =
        all.first().into_iter().flat_map(BTreeMap::keys).copied().collect();
    candidates.sort_by_key(|property| (Some(*property) != declared, *property));
    for property in candidates {
        let values: Option<Vec<&[EnumValue]>> =
            all.iter().map(|tags| tags.get(property).copied()).collect();
        if let Some(values) = values
            && are_disjoint(&values)
        {
            let texts = |values: &[EnumValue]| values.iter().map(|one| one.value.clone()).collect();
            let values = values.into_iter().map(texts).collect();
            return Tell::Tag { property: property.to_owned(), values };
        }
    }
    Tell::MostFieldsKept
}

/// The properties that an object requires and limits to listed values.
fn tags<'t>(ty: &Ty, types: &'t BTreeMap<String, Type>) -> BTreeMap<&'t str, &'t [EnumValue]> {
    let Some(Shape::Object { fields, .. }) =
        ty.named().and_then(|name| types.get(name)).map(|ty| &ty.shape)
    else {
        return BTreeMap::new();
    };
    let required = fields.iter().filter(|field| field.required);
    let tags = required.filter_map(|field| {
        let Ty::Named(name) = &field.ty else { return None };
        match &types.get(name)?.shape {
            Shape::Enum(values) => Some((field.wire.as_str(), values.as_slice())),
            _ => None,
        }
    });
    tags.collect()
}

/// True if each variant has values of its own.
fn are_values(values: &[Vec<String>], variants: usize) -> bool {
    let all: Vec<_> = values.iter().flatten().collect();
    let distinct = all.iter().collect::<BTreeSet<_>>().len() == all.len();
    values.len() == variants && distinct && values.iter().all(|values| !values.is_empty())
}

fn are_disjoint(values: &[&[EnumValue]]) -> bool {
    let mut known = BTreeSet::new();
    values.iter().copied().flatten().all(|value| known.insert(value.value.as_str()))
}

/// The JSON type of the values; `None` if the type does not determine it.
fn json_type(ty: &Ty, types: &BTreeMap<String, Type>) -> Option<&'static str> {
    Some(match ty {
        Ty::Bool => "boolean",
        Ty::Integer { .. } | Ty::Number => "number",
        Ty::Text | Ty::Time => "string",
        Ty::List(_) => "array",
        Ty::Map(_) => "object",
        Ty::Json | Ty::Nullable(_) => return None,
        Ty::Named(name) => match &types.get(name)?.shape {
            Shape::Object { .. } => "object",
            Shape::Enum(_) => "string",
            Shape::Newtype(inner) => return json_type(inner, types),
            Shape::Union(..) | Shape::HandWritten(_) => return None,
        },
    })
}
