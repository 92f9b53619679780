// The `webhooks` of the document: what an endpoint is sent, for each event that there is. Pure.
import { exampleOf, type Schema } from "#workers/http/example.ts";

type Components = Readonly<Record<string, Schema>>;

const header = (name: string, description: string, example: string) => ({
  name,
  in: "header",
  required: true,
  description,
  schema: { type: "string", example },
});

/** Standard Webhooks 1.0.0, "Webhook headers". */
const parameters = [
  header(
    "webhook-id",
    "The event's `id`, the same in every attempt: leave aside what you have had.",
    "evt_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4",
  ),
  header("webhook-timestamp", "Of this attempt, in seconds since 1970.", "1795420800"),
  header(
    "webhook-signature",
    "`v1,` and the base64 of the HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}`; one for each secret that " +
      "signs, with spaces between.",
    "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
  ),
];

const responses = {
  "2XX": { description: "You have it. What the body says is of no account." },
  410: { description: "You want no more: the webhook is disabled." },
  429: {
    description: "Later: as long as `Retry-After` asks is waited for, within the day. So it is of 503.",
  },
  default: { description: "It is tried again, for a day. So is what is not answered within 15 s." },
};

/** By the union in `components`. */
export function describedWebhooks(components: Components) {
  const references = components["Event"]?.oneOf ?? [];
  return Object.fromEntries(
    references.map(({ $ref = "" }) => {
      const name = $ref.split("/").at(-1) ?? "";
      const schema = components[name];
      const type = schema?.properties?.["type"]?.enum?.[0] ?? schema?.properties?.["type"]?.const;
      if (schema === undefined || typeof type !== "string") throw new Error(`the document has no ${$ref}`);
      return [type, { post: operationOf(name, schema, components) }];
    }),
  );
}

function operationOf(name: string, schema: Schema, components: Components) {
  const [summary = "", ...more] = (schema.description ?? "").split(/(?<=\.) /);
  return {
    operationId: `on${name.replace(/Event$/, "")}`,
    tags: ["sentEvents"],
    // Who sends is known by the signature.
    security: [],
    summary: summary.replace(/\.$/, ""),
    ...(more.length === 0 ? {} : { description: more.join(" ") }),
    parameters,
    requestBody: {
      required: true,
      content: {
        "application/json": {
          schema: { $ref: `#/components/schemas/${name}` },
          example: exampleOf(schema, components),
        },
      },
    },
    responses,
  };
}
