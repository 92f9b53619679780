// Who changed what, through the Worker's own entry.
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { call, insertApiKey, origin, secretOf, type Call } from "#workers/testing/api-client.ts";
import type { AuditEntryView } from "./contract.ts";
import { deleteDue } from "#workers/videos/delete-due.ts";
import { disabling } from "#workers/webhooks/disable.ts";
import { sweepAudit } from "./sweep.ts";

let token: string;
let keyId: string;
beforeAll(async () => {
  token = await insertApiKey("admin");
  keyId = /key_[0-9A-Z]{26}/.exec(token)?.[0] ?? "";
});
beforeEach(async () => {
  await env.DB.batch([
    env.DB.prepare("DELETE FROM audit_log"),
    env.DB.prepare("DELETE FROM audit_resources"),
  ]);
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function entries(query = ""): Promise<readonly AuditEntryView[]> {
  const answer = await call("GET", `/v1/audit-log${query}`, { token });
  expect(answer.status).toBe(200);
  return (await answer.json<{ data: readonly AuditEntryView[] }>()).data;
}

async function makeVideo(more: Call = {}): Promise<string> {
  const made = await call("POST", "/v1/videos", { token, json: { title: "private title" }, ...more });
  return (await made.json<{ id: string }>()).id;
}

describe("a change", () => {
  it("is noted: who, what, of what, how it went, when, from where", async () => {
    const headers = {
      "CF-Connecting-IP": "203.0.113.77",
      "User-Agent": "tool/1\u00ff",
      "X-Request-Id": "request-of-mine",
    };
    const id = await makeVideo({ headers });
    expect(await entries()).toEqual([
      {
        id: expect.stringMatching(/^aud_/),
        actor: { kind: "apiKey", keyId, name: "test" },
        operationId: "createVideo",
        method: "POST",
        path: "/v1/videos",
        resourceIds: [id],
        status: 201,
        code: null,
        requestId: "request-of-mine",
        address: "203.0.113.0/24",
        userAgent: "tool/1?",
        createdAt: expect.stringMatching(/Z$/),
      },
    ]);
  });

  it("that was refused is noted with its code", async () => {
    const reader = await insertApiKey("videos:read");
    await call("DELETE", "/v1/videos/vid_x", { token: reader });
    await call("PATCH", "/v1/videos/vid_x", { token, json: { title: 7 } });
    expect(
      (await entries()).map(({ operationId, status, code, resourceIds }) => [
        operationId,
        status,
        code,
        ...resourceIds,
      ]),
    ).toEqual([
      ["patchVideo", 422, "unprocessable", "vid_x"],
      ["deleteVideo", 403, "forbidden", "vid_x"],
    ]);
  });

  it("is noted without bodies and secrets", async () => {
    const made = await call("POST", "/v1/uploads", { token, json: { title: "private title" } });
    const { url } = await made.json<{ url: string }>();
    const key = await call("POST", "/v1/api-keys?secret=query", {
      token,
      json: { name: "private name", scopes: ["admin"] },
    });
    const { token: secret } = await key.json<{ token: string }>();
    await makeVideo();
    const rows = JSON.stringify((await env.DB.prepare("SELECT * FROM audit_log").all()).results);
    const secrets = ["private", "query", url.split("/").at(-1), secretOf(secret), secretOf(token)];
    for (const kept of secrets) expect(rows).not.toContain(kept);
  });

  it("by tus is noted as what it is", async () => {
    await call("POST", "/v1/uploads/tus", {
      token,
      headers: { "Tus-Resumable": "1.0.0", "Upload-Length": "7" },
    });
    expect((await entries()).map(({ method, path, status }) => [method, path, status])).toEqual([
      ["POST", "/v1/uploads/tus", 201],
    ]);
  });

  it("that was answered again from a kept answer is noted once", async () => {
    const headers = { "Idempotency-Key": crypto.randomUUID() };
    await makeVideo({ headers });
    await makeVideo({ headers });
    expect(await entries()).toHaveLength(1);
  });

  it("stands though it can't be noted, and that is logged", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    await env.DB.prepare("ALTER TABLE audit_log RENAME TO audit_gone").run();
    const made = await call("POST", "/v1/videos", { token, json: { title: "stands" } });
    await env.DB.prepare("ALTER TABLE audit_gone RENAME TO audit_log").run();
    expect(made.status).toBe(201);
    expect(logged.mock.calls.join()).toContain("audit.failed");
  });
});

describe("what no key asked for", () => {
  it("is noted of whoever has the URL of an upload, when it ends by it", async () => {
    const made = async () =>
      (await call("POST", "/v1/uploads", { token, json: { sizeBytes: 4 } })).json<{
        id: string;
        url: string;
      }>();
    const [put, ended, patched] = [await made(), await made(), await made()];
    const at = ({ url }: { url: string }) => new URL(url).pathname;
    await call("PUT", at(put), { body: "film" });
    await call("DELETE", at(ended), { headers: { "Tus-Resumable": "1.0.0" } });
    const piece = (offset: number) => ({
      body: "fi",
      headers: {
        "Tus-Resumable": "1.0.0",
        "Upload-Offset": String(offset),
        "Content-Type": "application/offset+octet-stream",
      },
    });
    for (const offset of [0, 2]) await call("PATCH", at(patched), piece(offset));
    // Who guesses changes nothing.
    await call("DELETE", `${at(patched).slice(0, -4)}aaaa`, { headers: { "Tus-Resumable": "1.0.0" } });
    const byUrl = (await entries()).filter(({ actor }) => actor.kind === "uploadUrl");
    expect(
      byUrl.map(({ operationId, actor, resourceIds }) => [operationId, actor.keyId, resourceIds[0]]),
    ).toEqual([
      ["patchUpload", null, patched.id],
      ["terminateUpload", null, ended.id],
      ["putUpload", null, put.id],
    ]);
    for (const { url } of [put, ended, patched])
      expect(JSON.stringify(byUrl)).not.toContain(url.split("/").at(-1));
  });

  it("is noted of a video whose time was over", async () => {
    const id = await makeVideo();
    await env.DB.prepare("UPDATE videos SET delete_at = 1 WHERE id = ?").bind(id).run();
    await deleteDue(env, Date.now());
    expect((await entries(`?resourceId=${id}`))[0]).toMatchObject({
      actor: { kind: "system", keyId: null, name: null },
      operationId: "deleteVideo",
      resourceIds: [id],
    });
  });

  it("is noted of a webhook that took nothing, once", async () => {
    const json = { url: "https://hooks.example/a", events: ["*"] };
    const { id } = await (await call("POST", "/v1/webhooks", { token, json })).json<{ id: string }>();
    for (let time = 0; time < 2; time++) {
      const { statements } = await disabling(env.DB, id, "gone", null, Date.now());
      if (statements.length > 0) await env.DB.batch([...statements]);
    }
    const noted = await entries(`?operationId=disableWebhook`);
    expect(noted.map(({ actor, resourceIds }) => [actor.kind, ...resourceIds])).toEqual([["system", id]]);
  });
});

it("who signs in to the dashboard and out of it is noted; who can't is a stranger", async () => {
  const session = (method: string, more: Call = {}) =>
    call(method, "/dashboard/session", {
      ...more,
      headers: { "X-Sluice-Csrf": "1", Origin: origin, ...more.headers },
    });
  await session("POST", { json: { key: "sluice_bad" } });
  const opened = await session("POST", { json: { key: token } });
  const [cookie = ""] = opened.headers.get("Set-Cookie")?.split(";") ?? [];
  await session("DELETE", { headers: { Cookie: cookie } });
  await session("DELETE", { headers: { Cookie: cookie } });
  expect((await entries()).map(({ method, path, actor }) => [method, path, actor.kind, actor.keyId])).toEqual(
    [
      ["DELETE", "/dashboard/session", "dashboard", keyId],
      ["POST", "/dashboard/session", "dashboard", keyId],
    ],
  );
});

it("notes neither reading nor strangers", async () => {
  await call("GET", "/v1/videos", { token });
  await call("POST", "/v1/events/tickets", { token, json: {} });
  await call("POST", "/v1/videos", { json: {} });
  await call("POST", "/v1/videos", { token: "sluice_bad", json: {} });
  expect(await entries()).toEqual([]);
});

describe("the list", () => {
  it("is filtered by key, operation, resource and time", async () => {
    const first = await makeVideo();
    await makeVideo();
    await call("PATCH", `/v1/videos/${first}`, { token, json: { title: "x" } });
    const operations = async (query: string) => (await entries(query)).map(({ operationId }) => operationId);
    expect(await operations(`?resourceId=${first}`)).toEqual(["patchVideo", "createVideo"]);
    expect(await operations("?operationId=patchVideo")).toEqual(["patchVideo"]);
    expect(await operations("?keyId=key_other")).toEqual([]);
    expect(await operations(`?keyId=${keyId}`)).toHaveLength(3);
    expect(await operations("?createdBefore=2020-01-01T00:00:00Z")).toEqual([]);
    expect(await operations("?createdAfter=2020-01-01T00:00:00Z")).toHaveLength(3);
  });

  it("comes page by page, whatever is noted meanwhile", async () => {
    const made = [await makeVideo(), await makeVideo(), await makeVideo()];
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const at: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const page: Response = await call("GET", `/v1/audit-log?limit=1&operationId=createVideo${at}`, {
        token,
      });
      const { data, nextCursor } = await page.json<{ data: AuditEntryView[]; nextCursor: string | null }>();
      seen.push(...data.flatMap(({ resourceIds }) => resourceIds));
      cursor = nextCursor;
      if (seen.length < 3) await makeVideo();
    }
    expect(seen).toEqual(made.toReversed());
  });
});

it("is kept for AUDIT_LOG_DAYS", async () => {
  await makeVideo();
  const day = 86_400_000;
  await sweepAudit({ DB: env.DB, AUDIT_LOG_DAYS: "2" }, Date.now() + day);
  expect(await entries()).toHaveLength(1);
  await sweepAudit({ DB: env.DB, AUDIT_LOG_DAYS: "2" }, Date.now() + 3 * day);
  expect(await entries()).toEqual([]);
  expect(await env.DB.prepare("SELECT count(*) AS n FROM audit_resources").first()).toEqual({ n: 0 });
});
