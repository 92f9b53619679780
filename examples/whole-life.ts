// The whole life of a video, by the API alone. It begins with a file in somebody's browser and ends with nothing left.
//
//   node examples/whole-life.ts --url http://127.0.0.1:8787 --key sluice_…
//
// Open the page that it prints and choose a film. A deployment can't reach your machine for the webhook: give it a URL that
// leads here with --public-url.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Webhook } from "standardwebhooks";
// In a project of yours: "sluice/client", as docs/api.md says.
import { createClient } from "../web/client/client.ts";

const { values } = parseArgs({
  options: { url: { type: "string" }, key: { type: "string" }, "public-url": { type: "string" } },
});
const { url = "http://127.0.0.1:8787", key = process.env["SLUICE_API_KEY"] ?? "" } = values;
const sluice = createClient({ url, apiKey: key });

// A page without any key, and a place where webhooks arrive.

let uploadUrl = "";
let verifier: Webhook | null = null;
const heard = new Map<string, () => void>();

const page = () => `<!doctype html><title>Upload</title>
<input type="file" accept="video/*"><progress max="1" value="0"></progress><p></p>
<script src="/tus.js"></script>
<script>
  const input = document.querySelector("input"), progress = document.querySelector("progress");
  input.onchange = () => new tus.Upload(input.files[0], {
    uploadUrl: ${JSON.stringify(uploadUrl)},
    chunkSize: 32 * 1024 * 1024,
    // Nobody told the API how long the file is.
    uploadLengthDeferred: true,
    onProgress: (sent, all) => (progress.value = sent / all),
    onError: (error) => (document.querySelector("p").textContent = error),
    onSuccess: () => (document.querySelector("p").textContent = "Thank you"),
  }).start();
</script>`;

const server = createServer((request, response) => {
  if (request.method === "POST" && request.url === "/hook") {
    void receive(request).then((status) => response.writeHead(status).end());
  } else if (request.url === "/tus.js") {
    response.setHeader("Content-Type", "text/javascript");
    response.end(readFileSync(fileURLToPath(import.meta.resolve("tus-js-client/dist/tus.min.js"))));
  } else if (request.url === "/") {
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end(page());
  } else response.writeHead(404).end();
});

/** By the bytes of the body, and before anything is believed. */
async function receive(request: IncomingMessage): Promise<number> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  try {
    const headers = request.headers as Record<string, string>;
    const event = verifier?.verify(Buffer.concat(chunks).toString("utf8"), headers) as {
      readonly type: string;
      readonly data: { readonly id: string };
    };
    console.log(`  heard ${event.type} of ${event.data.id}`);
    heard.get(`${event.type} ${event.data.id}`)?.();
    return 204;
  } catch {
    return 400;
  }
}

const hears = (type: string, id: string): Promise<void> =>
  new Promise((resolve) => heard.set(`${type} ${id}`, resolve));

server.listen(0, "127.0.0.1");
await once(server, "listening");
const address = server.address();
if (address === null || typeof address === "string") throw new Error("no port is free");
const here = `http://127.0.0.1:${address.port}`;

console.log("A webhook for what happens to videos");
const webhook = await sluice.createWebhook({
  body: { url: `${values["public-url"] ?? here}/hook`, events: ["video.*"] },
});
verifier = new Webhook(webhook.secret);

console.log("A URL that takes one file, from this page alone, for an hour");
const upload = await sluice.createUpload({
  body: {
    title: "A whole life",
    creator: "example",
    playbackPolicy: "signed",
    maxSizeBytes: 1_000_000_000,
    maxDurationSeconds: 3_600,
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    allowedOrigins: [here],
  },
});
uploadUrl = upload.url;
const { videoId } = upload;
const ready = hears("video.ready", videoId);
console.log(`Open ${here} and choose a film`);
await ready;

console.log("Whoever watches has a token, for an hour");
const video = await sluice.getVideo({ videoId });
const [playback] = video.playbackIds;
if (playback === undefined) throw new Error("a video comes with a playback id");
const refused = await fetch(playback.hlsUrl);
const viewing = await sluice.createPlaybackToken({
  body: {
    playbackId: playback.id,
    audiences: ["video", "thumbnail"],
    viewerId: "ann",
    expiresInSeconds: 3_600,
  },
});
const playing = await fetch(`${playback.hlsUrl}?token=${viewing.token}`);
console.log(`  without ${refused.status}, with ${playing.status}: ${(await playing.text()).split("\n")[0]}`);

console.log("Captions");
await sluice.putCaption({
  videoId,
  caption: "en",
  query: { label: "English", default: "true" },
  body: "WEBVTT\n\n00:00.500 --> 00:01.500\nThis is how it began\n",
});

console.log("A clip: a video of its own that plays at once, and nothing is encoded");
const clip = await sluice.createClip({
  videoId,
  body: { title: "The beginning", startSeconds: 0, endSeconds: 2, playbackPolicy: "public" },
});
console.log(`  ${(await fetch(clip.playbackIds[0]?.hlsUrl ?? "")).status} ${clip.id}`);

console.log("A download, whole and from its middle");
const mayDownload = await sluice.createPlaybackToken({
  body: { playbackId: playback.id, audiences: ["download"], expiresInSeconds: 600 },
});
const { data: downloads } = await sluice.listDownloads({ videoId });
const [download] = downloads;
if (download === undefined) throw new Error("a video that is ready can be downloaded");
const file = new URL(`/p/${playback.id}/download/${download.name}?token=${mayDownload.token}`, url);
const whole = await (await fetch(file)).arrayBuffer();
const half = await fetch(file, { headers: { Range: `bytes=${Math.floor(whole.byteLength / 2)}-` } });
console.log(
  `  ${download.name}: ${whole.byteLength} bytes; ${half.status} ${half.headers.get("Content-Range")}`,
);

console.log("What it used so far");
const { views, bytesStored, encodeSeconds } = await sluice.getVideoUsage({ videoId });
console.log(`  ${views} views, ${bytesStored} bytes stored, ${encodeSeconds} s of encoding`);

console.log("And its end");
const gone = hears("video.deleted", videoId);
await sluice.deleteVideo({ videoId: clip.id });
await sluice.deleteVideo({ videoId });
await gone;
await sluice.deleteWebhook({ webhookId: webhook.id });
// Wherever it is asked for, within five seconds.
let after = await fetch(`${playback.hlsUrl}?token=${viewing.token}`);
while (after.ok) {
  await sleep(500);
  after = await fetch(`${playback.hlsUrl}?token=${viewing.token}`);
}
console.log(`  its token is answered ${after.status} now`);
server.close();
server.closeAllConnections();
