// An example of what a schema of the document describes: what is written there, and of the rest what fits. Pure.

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly example?: unknown;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: unknown;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly minimum?: number;
  readonly minItems?: number;
}

type Components = Readonly<Record<string, Schema>>;

const byFormat: Readonly<Record<string, string>> = {
  "date-time": "2026-12-01T18:00:00.000Z",
  uri: "https://sluice.example/",
  uuid: "5f0c1c1e-6b1c-4a8e-9a35-0f7d0b8f8f0e",
};

export function exampleOf(schema: Schema, components: Components, depth = 0): unknown {
  if (schema.example !== undefined) return schema.example;
  if (schema.$ref !== undefined) {
    const named = components[schema.$ref.split("/").at(-1) ?? ""];
    if (named === undefined) throw new Error(`the document has no ${schema.$ref}`);
    return exampleOf(named, components, depth);
  }
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.allOf !== undefined) return merged(schema, schema.allOf, components, depth);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return exampleOf(choices[0] ?? {}, components, depth);
  return ofType(schema, components, depth);
}

/** zod-openapi writes `nullable` of a named schema as allOf with a second part that only says so. */
function merged(own: Schema, parts: readonly Schema[], components: Components, depth: number): unknown {
  const { allOf: parents = parts, ...rest } = own;
  const values = [...parents, rest]
    .filter((part) => part.$ref !== undefined || part.properties !== undefined || part.type !== undefined)
    .map((part) => exampleOf(part, components, depth));
  const objects = values.filter(
    (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  );
  return objects.length === 0 ? (values[0] ?? null) : Object.assign({}, ...objects);
}

function ofType(schema: Schema, components: Components, depth: number): unknown {
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case "object":
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(([name]) => depth < 6 || schema.required?.includes(name) === true)
          .map(([name, property]) => [name, exampleOf(property, components, depth + 1)]),
      );
    case "array":
      return schema.items === undefined || depth > 6 ? [] : [exampleOf(schema.items, components, depth + 1)];
    case "integer":
    case "number":
      return schema.minimum ?? 1;
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return byFormat[schema.format ?? ""] ?? "text";
  }
}
