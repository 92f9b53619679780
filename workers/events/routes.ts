import { createRoute } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { isId } from "#workers/ids.ts";
import {
  eventListSchema,
  eventQuery,
  newTicketSchema,
  ticketSchema,
  uploadTicketParams,
} from "./live-contract.ts";
import { toToldEvent } from "./present.ts";
import { eventSocket } from "./socket.ts";
import { signTicket, ticketMs } from "./ticket.ts";

const tags = ["events"];
const aTicket = {
  description: "Good for a minute.",
  content: { "application/json": { schema: ticketSchema } },
};

const list = createRoute({
  tags,
  middleware: [eventSocket, requireScope("videos:read")],
  method: "get",
  path: "/v1/events",
  operationId: "listEvents",
  summary: "Listen to what happens to videos, or list the last 500 events",
  description:
    "With `Upgrade: websocket` it is a socket that tells each event as it comes (docs/events.md); its credential may " +
    "be the second of the protocols asked for: `Sec-WebSocket-Protocol: sluice.v1, {API key or ticket}`.",
  request: { query: eventQuery },
  responses: {
    101: { description: "A socket." },
    200: { description: "Events.", content: { "application/json": { schema: eventListSchema } } },
    ...problems("badRequest", "invalidParameter", "unauthenticated", "forbidden", "unavailable"),
  },
});

const createTicket = createRoute({
  tags,
  middleware: [requireScope("videos:read"), jsonBody],
  method: "post",
  path: "/v1/events/tickets",
  operationId: "createEventTicket",
  summary: "Get a ticket, with which a page opens a socket of events",
  request: { body: { required: true, content: { "application/json": { schema: newTicketSchema } } } },
  responses: {
    201: aTicket,
    ...problems(
      "invalidJson",
      "unauthenticated",
      "forbidden",
      "bodyTooLarge",
      "unsupportedMediaType",
      "unprocessable",
    ),
  },
});

const createUploadTicket = createRoute({
  tags,
  security: [],
  method: "post",
  path: "/v1/uploads/{uploadId}/{secret}/events-ticket",
  operationId: "createUploadEventTicket",
  summary: "Get a ticket for the events of the video that an upload is for",
  description:
    "For those who hold the upload's URL, which is what this is appended to; until a day after the upload's end.",
  request: { params: uploadTicketParams },
  responses: { 201: aTicket, ...problems("notFound") },
});

export const eventRoutes = apiRoutes()
  .openapi(list, async (c) => {
    const { after, videoId } = c.req.valid("query");
    const kept = await c.env.EVENT_HUB.getByName("hub").read(after ?? 0, videoId ?? null);
    const { events, lastSequence, gap } = kept;
    return c.json({ data: events.map(toToldEvent), lastSequence, gap: after !== undefined && gap }, 200);
  })
  .openapi(createTicket, async (c) => {
    const { videoId = null } = c.req.valid("json");
    return c.json(await newTicket(c.env.OBJECT_URL_KEY, videoId), 201);
  })
  .openapi(createUploadTicket, async (c) => {
    const { uploadId, secret } = c.req.valid("param");
    if (!isId("upload", uploadId)) return problem(c, "notFound");
    const upload = await c.env.UPLOADS.getByName(uploadId).viewBy(secret);
    if (upload === null) return problem(c, "notFound");
    return c.json(await newTicket(c.env.OBJECT_URL_KEY, upload.videoId), 201);
  });

async function newTicket(secret: string, videoId: string | null) {
  const expiresMs = Date.now() + ticketMs;
  const ticket = await signTicket(secret, { videoId, expiresMs });
  return { ticket, videoId, expiresAt: new Date(expiresMs).toISOString() };
}
