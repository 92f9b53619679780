// A film whose samples are encrypted (cenc), as an origin of playback would give it: playlists, and files read by range.
import { createServer, type ServerResponse } from "node:http";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { encryptFragments } from "./cenc.ts";
import { run } from "../../scripts/stack/bundle.ts";

export const keyId = "a7e61c373e219033c21091fa607bf3b8";
export const key = "76a6c65c5ea762046bd749a2e632ccbb";
const fragmentSeconds = 2;

export interface ProtectedFilm {
  /** Of the page, and of the film. */
  readonly origin: string;
  /** Which files of which paths were asked for. */
  readonly asked: readonly string[];
  close(): void;
}

/** Serves it under the playback id `protected`, with a page that holds the player of another origin. */
export async function serveProtectedFilm(
  directory: string,
  durationSeconds: number,
  playerUrl: string,
): Promise<ProtectedFilm> {
  const clear = join(directory, "clear.mp4");
  const quiet = ["-nostdin", "-v", "error", "-y"];
  await run("ffmpeg", [
    ...[...quiet, "-f", "lavfi", "-i", `testsrc2=s=320x180:r=25:d=${durationSeconds}`],
    ...["-f", "lavfi", "-i", `sine=d=${durationSeconds}:r=48000`, "-c:v", "libx264", "-pix_fmt", "yuv420p"],
    ...["-g", "50", "-keyint_min", "50", "-sc_threshold", "0", "-c:a", "aac", clear],
  ]);
  const tracks = new Map<string, Buffer>();
  for (const kind of ["v", "a"]) {
    const fragmented = async (name: string, ...options: readonly string[]): Promise<Buffer> => {
      const path = join(directory, name);
      await run("ffmpeg", [
        ...[...quiet, "-i", clear, "-map", `0:${kind}`, "-c", "copy"],
        ...["-movflags", "frag_keyframe+empty_moov+default_base_moof+cmaf"],
        ...["-frag_duration", String(fragmentSeconds * 1e6), ...options, path],
      ]);
      return readFileSync(path);
    };
    const plain = await fragmented(`${kind}.mp4`);
    const says = ["-encryption_scheme", "cenc-aes-ctr", "-encryption_key", key, "-encryption_kid", keyId];
    const told = await fragmented(`${kind}-told.mp4`, ...says);
    const fragments = plain.subarray(firstFragment(plain));
    const hidden = encryptFragments(fragments, Buffer.from(key, "hex"), kind === "v");
    tracks.set(kind, Buffer.concat([told.subarray(0, firstFragment(told)), hidden]));
  }
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const name = (request.url ?? "").split("?")[0] ?? "";
    asked.push(name);
    const track = /^\/p\/protected\/(.)\.(m3u8|mp4)$/.exec(name);
    const bytes = tracks.get(track?.[1] ?? "");
    if (name === "/") answer(response, "text/html", pageOf(playerUrl));
    else if (name === "/p/protected/hls.m3u8") answer(response, hls, multivariant);
    else if (bytes === undefined) response.writeHead(404).end();
    else if (track?.[2] === "m3u8")
      answer(response, hls, playlistOf(bytes, `${track[1]}.mp4`, durationSeconds));
    else answerRange(response, bytes, request.headers.range ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, asked, close: () => server.close() };
}

const hls = "application/vnd.apple.mpegurl";

function answer(response: ServerResponse, type: string, text: string): void {
  response.writeHead(200, { "Content-Type": type }).end(text);
}

function answerRange(response: ServerResponse, bytes: Buffer, range: string): void {
  const [, from = "0", to = ""] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? [];
  const end = to === "" ? bytes.length : Math.min(Number(to) + 1, bytes.length);
  response
    .writeHead(206, {
      "Content-Type": "video/mp4",
      "Content-Range": `bytes ${from}-${end - 1}/${bytes.length}`,
    })
    .end(bytes.subarray(Number(from), end));
}

const multivariant = `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-SESSION-DATA:DATA-ID="com.apple.hls.title",VALUE="Kept for some"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Sound",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,URI="a.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=400000,CODECS="avc1.64000d,mp4a.40.2",RESOLUTION=320x180,AUDIO="a"
v.m3u8
`;

/** DASH-IF: a box with the system's id, and nothing that only a licence server understands. */
const widevineSystem = "edef8ba979d64acea3c827dcd51d21ed";
const pssh = Buffer.from(`000000207073736800000000${widevineSystem}00000000`, "hex").toString("base64");
const widevine = [
  ...["#EXT-X-KEY:METHOD=SAMPLE-AES-CTR", `URI="data:text/plain;base64,${pssh}"`, `KEYID=0x${keyId}`],
  ...['KEYFORMAT="urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed"', 'KEYFORMATVERSIONS="1"'],
].join(",");

function playlistOf(bytes: Buffer, name: string, durationSeconds: number): string {
  const boxes = boxesOf(bytes);
  const lines = [
    ...["#EXTM3U", "#EXT-X-VERSION:7", `#EXT-X-TARGETDURATION:${fragmentSeconds + 1}`],
    ...["#EXT-X-PLAYLIST-TYPE:VOD", widevine],
    `#EXT-X-MAP:URI="${name}",BYTERANGE="${firstFragment(bytes)}@0"`,
  ];
  const moofs = boxes.flatMap((box, index) =>
    box.type === "moof" ? [{ ...box, next: boxes[index + 1] }] : [],
  );
  for (const [index, { at, size, next }] of moofs.entries()) {
    const seconds = Math.min(fragmentSeconds, durationSeconds - index * fragmentSeconds);
    lines.push(`#EXTINF:${seconds.toFixed(3)},`, `#EXT-X-BYTERANGE:${size + (next?.size ?? 0)}@${at}`, name);
  }
  return `${[...lines, "#EXT-X-ENDLIST"].join("\n")}\n`;
}

const firstFragment = (bytes: Buffer): number =>
  boxesOf(bytes).find(({ type }) => type === "moof")?.at ?? bytes.length;

function boxesOf(bytes: Buffer) {
  const boxes: { type: string; at: number; size: number }[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = bytes.readUInt32BE(at);
    boxes.push({ type: bytes.toString("latin1", at + 4, at + 8), at, size });
    at += size;
  }
  return boxes;
}

const pageOf = (playerUrl: string) => `<!doctype html><html lang="en"><title>x</title>
<script type="module" src="${playerUrl}"></script>
<sluice-player muted playback-origin="/"></sluice-player></html>`;
