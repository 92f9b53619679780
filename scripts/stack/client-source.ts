// The typed half of web/client: what each operation of the document takes and gives, as TypeScript. The document comes
// from the contracts of the routes, so a client and its Worker can't drift.

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: boolean | Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly description?: string;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: Content & { readonly required?: boolean };
  readonly responses: Readonly<Record<string, Content>>;
}

export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** What players and sites load, what monitoring reads, and what tus clients speak, is not called by this client. */
const isCalled = (path: string): boolean =>
  (path.startsWith("/v1/") || path.startsWith("/.well-known/")) &&
  path !== "/v1/uploads/tus" &&
  path !== "/v1/uploads/{uploadId}/{secret}";

export function clientSource({ paths, components }: ApiDocument): string {
  const operations = Object.entries(paths)
    .filter(([path]) => isCalled(path))
    .flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
    );
  const types = Object.entries(components.schemas).map(
    ([name, schema]) => `export type ${name} = ${typeOf(schema)};`,
  );
  const signatures = operations.map(
    ({ operation }) =>
      `  /** ${operation.summary} */\n  readonly ${operation.operationId}: {\n` +
      `    readonly input: ${inputOf(operation)};\n    readonly result: ${resultOf(operation)};\n  };`,
  );
  const rows = operations.map(({ path, method, operation }) => {
    const sent = Object.keys(operation.requestBody?.content ?? {})[0];
    const row = [method.toUpperCase(), path, ...(sent === undefined ? [] : [sent])];
    return `  ${operation.operationId}: ${JSON.stringify(row)},`;
  });
  return [
    "// Written by `npm run openapi` from openapi.json.\n",
    ...types,
    `\nexport interface Operations {\n${signatures.join("\n")}\n}`,
    "\n/** Method, path, and the type of the body where there is one. */",
    `export const operations = {\n${rows.join("\n")}\n} as const satisfies {`,
    "  readonly [Name in keyof Operations]: readonly [method: string, path: string, contentType?: string];\n};\n",
  ].join("\n");
}

function inputOf({ parameters = [], requestBody }: Operation): string {
  const path = parameters.filter((parameter) => parameter.in === "path");
  const query = parameters.filter((parameter) => parameter.in === "query");
  const headers = parameters.filter((parameter) => parameter.in === "header").map(({ name }) => name);
  const fields = [
    ...path.map(({ name }) => `readonly ${name}: string`),
    ...(query.length === 0
      ? []
      : [
          `readonly query?: { ${query
            .map(({ name, schema }) => `readonly ${name}?: ${typeOf(schema)} | undefined`)
            .join("; ")} }`,
        ]),
    ...(requestBody === undefined ? [] : [`readonly body: ${bodyOf(requestBody)}`]),
    ...(headers.includes("Idempotency-Key") ? ["readonly idempotencyKey?: string"] : []),
    ...(headers.includes("If-Match") ? ["readonly ifMatch?: string"] : []),
    "readonly signal?: AbortSignal | undefined",
  ];
  return `{ ${fields.join("; ")} }`;
}

function bodyOf({ content = {} }: Content): string {
  const json = content["application/json"]?.schema;
  return json === undefined ? "BodyInit" : typeOf(json);
}

/** An answer that is no JSON is given as text where it is one, else as its bytes. */
function resultOf({ responses }: Operation): string {
  const [, good] = Object.entries(responses).find(([status]) => status.startsWith("2")) ?? [];
  if (good?.content === undefined) return "void";
  const json = good.content["application/json"]?.schema;
  if (json !== undefined) return typeOf(json);
  return Object.keys(good.content).every((type) => type.startsWith("text/")) ? "string" : "Blob";
}

/** Plain and mutable, as the contracts' own types are: what the one gives the other takes. */
export function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return schema.$ref.split("/").at(-1) ?? "unknown";
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return union(schema.enum.map((value) => JSON.stringify(value)));
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return union(choices.map(typeOf));
  if (schema.allOf !== undefined) return intersection(schema);
  const types = schema.type === undefined ? [] : [schema.type].flat();
  return types.length === 0 ? "unknown" : union(types.map((type) => ofType(type, schema)));
}

function intersection({ allOf = [], ...own }: Schema): string {
  const parts = own.properties === undefined ? allOf : [...allOf, own];
  return parts.map((part) => wrapped(typeOf(part))).join(" & ");
}

function ofType(type: string, schema: Schema): string {
  switch (type) {
    case "array":
      return `${wrapped(schema.items === undefined ? "unknown" : typeOf(schema.items))}[]`;
    case "integer":
    case "number":
      return "number";
    case "object":
      return objectOf(schema);
    default:
      return type;
  }
}

function objectOf({ properties, required = [], additionalProperties }: Schema): string {
  if (properties === undefined) {
    const value = typeof additionalProperties === "object" ? typeOf(additionalProperties) : "unknown";
    return `Record<string, ${value}>`;
  }
  const fields = Object.entries(properties).map(([name, property]) => {
    const key = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
    return required.includes(name)
      ? `${key}: ${typeOf(property)}`
      : `${key}?: ${typeOf(property)} | undefined`;
  });
  return fields.length === 0 ? "object" : `{ ${fields.join("; ")} }`;
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(" | ");
}

function wrapped(type: string): string {
  return type.includes(" ") ? `(${type})` : type;
}
