// Parts of an operation of the document that is written by hand, because its route is matched by hand.

export const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
});

export const path = (name: string, description: string, example: string) => ({
  name,
  in: "path",
  required: true,
  description,
  schema: { type: "string", example },
});
export const header = (name: string, description: string, example: string, required = false) => ({
  name,
  in: "header",
  required,
  description,
  schema: { type: "string", example },
});
export const query = (name: string, description: string, example: string | number | boolean) => ({
  name,
  in: "query",
  required: false,
  description,
  schema: { type: typeof example, example },
});

export const octets = (type: string) => ({
  required: true,
  content: { [type]: { schema: { type: "string", format: "binary" } } },
});
