// An example of what a schema of the document describes: what is written there, and of the rest what fits. Pure.

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
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

/** Of texts that nothing else is said of, by the name of their field. */
const byName: Readonly<Record<string, string>> = {
  title: "Launch film",
  creator: "u_81",
  name: "website",
  token: "sluice_key_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4_kq1mH0b7cJ5r2dQw8Zt3Vg",
};

export function exampleOf(schema: Schema, components: Components, depth = 0, named = ""): unknown {
  if (schema.example !== undefined) return schema.example;
  if (schema.$ref !== undefined) {
    const there = components[schema.$ref.split("/").at(-1) ?? ""];
    if (there === undefined) throw new Error(`the document has no ${schema.$ref}`);
    return exampleOf(there, components, depth, named);
  }
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.allOf !== undefined) return merged(schema, schema.allOf, components, depth);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return exampleOf(choices[0] ?? {}, components, depth, named);
  return ofType(schema, components, depth, named);
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

function ofType(schema: Schema, components: Components, depth: number, named: string): unknown {
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case "object":
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(([name]) => depth < 6 || schema.required?.includes(name) === true)
          .map(([name, property]) => [name, exampleOf(property, components, depth + 1, name)]),
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
      return byFormat[schema.format ?? ""] ?? byName[named] ?? "text";
  }
}
