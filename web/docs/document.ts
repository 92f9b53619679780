// The OpenAPI document, as far as the reference shows it.

interface Media {
  readonly example?: unknown;
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: { readonly description?: string; readonly example?: string | number | boolean };
}

export interface Answer {
  readonly description: string;
  readonly content?: Readonly<Record<string, Media>>;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  /** Undefined: an API key. Empty: nothing. */
  readonly security?: readonly Readonly<Record<string, readonly unknown[]>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Answer>>;
}

export interface ApiDocument {
  readonly tags: readonly { readonly name: string; readonly description?: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly webhooks: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export interface Entry {
  readonly method: string;
  /** Of an event that is sent, its name. */
  readonly path: string;
  /** To an endpoint of the reader's, not by the reader. */
  readonly isSent: boolean;
  readonly operation: Operation;
}

export interface Section {
  readonly name: string;
  readonly description: string;
  readonly entries: readonly Entry[];
}

/** In the order of the document; what matches no word of the search is left out, and sections with nothing left too. */
export function sectionsOf(document: ApiDocument, search: string): readonly Section[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const entries = [...entriesOf(document.paths, false), ...entriesOf(document.webhooks, true)];
  const found = entries.filter(({ method, path, operation }) => {
    const text = `${method} ${path} ${operation.operationId} ${operation.summary}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return document.tags.flatMap(({ name, description = "" }) => {
    const own = found.filter(({ operation }) => operation.tags?.[0] === name);
    return own.length === 0 ? [] : [{ name, description, entries: own }];
  });
}

function entriesOf(items: ApiDocument["paths"], isSent: boolean): readonly Entry[] {
  return Object.entries(items).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      isSent,
      operation,
    })),
  );
}

/** What is sent, as far as it is JSON. */
export function sentBodyOf({ operation }: Entry): string {
  const media = operation.requestBody?.content["application/json"];
  return JSON.stringify(media?.example, null, 2);
}

/** A request that can be pasted into a shell: its ids are examples, and of the rest there is what must be. */
export function curlOf({ method, path, operation }: Entry, origin: string): string {
  const [type, media] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const isJson = type === "application/json";
  const body = isJson ? JSON.stringify(media?.example).replaceAll("'", String.raw`'\''`) : "@file";
  const secret = secretOf(operation);
  const required = (operation.parameters ?? []).filter((parameter) => parameter.required === true);
  const url = origin + pathOf(path, required) + queryOf(required);
  return [
    `curl ${method === "GET" ? "" : `-X ${method} `}'${url}'`,
    ...(secret === null ? [] : [`-H 'Authorization: Bearer '$${secret}`]),
    ...required.flatMap((parameter) =>
      parameter.in === "header" ? [`-H '${parameter.name}: ${exampleOf(parameter)}'`] : [],
    ),
    ...(type === undefined
      ? []
      : [`-H 'Content-Type: ${type}'`, `${isJson ? "-d" : "--data-binary"} '${body}'`]),
  ].join(" \\\n  ");
}

/** What is sent as a bearer, by the name of a variable. Null: nothing. */
export function secretOf({ security }: Operation): "SLUICE_KEY" | "METRICS_TOKEN" | null {
  if (security === undefined) return "SLUICE_KEY";
  return security.some((scheme) => "metricsToken" in scheme) ? "METRICS_TOKEN" : null;
}

const exampleOf = ({ name, schema }: Parameter): string => String(schema?.example ?? name);

const pathOf = (path: string, parameters: readonly Parameter[]): string =>
  parameters.reduce(
    (filled, parameter) => filled.replace(`{${parameter.name}}`, encodeURIComponent(exampleOf(parameter))),
    path,
  );

function queryOf(parameters: readonly Parameter[]): string {
  const named = parameters.filter((parameter) => parameter.in === "query");
  const query = new URLSearchParams(named.map((parameter) => [parameter.name, exampleOf(parameter)]));
  return named.length === 0 ? "" : `?${query}`;
}
