// `npm run bench [-- --only NAME] [--quick]`: measures what the documentation claims, prints a table and
// writes bench/results.json. A claim that was not run keeps the row it had.
import { parseArgs } from "node:util";
import { board } from "./board.ts";
import type { Claim } from "./claim.ts";
import { download } from "./download.ts";
import { edgeBundle } from "./edge-bundle.ts";
import { edgeFirstRequest } from "./edge-first-request.ts";
import { edgeMediaPlaylist } from "./edge-media-playlist.ts";
import { edgeMultivariant } from "./edge-multivariant.ts";
import { edgeToken } from "./edge-token.ts";
import { embedStart } from "./embed-start.ts";
import { fleetBytes } from "./fleet-bytes.ts";
import { fleetScaling } from "./fleet-scaling.ts";
import { instantPlay } from "./instant-play.ts";
import { instantSegment } from "./instant-segment.ts";
import { isolateMemory } from "./isolate-memory.ts";
import { ladderCpu } from "./ladder-cpu.ts";
import { library } from "./library.ts";
import { printResults, writeResults, type Result } from "./results.ts";
import { runnerMemory } from "./runner-memory.ts";
import { segmentCold } from "./segment-cold.ts";
import { segmentHit } from "./segment-hit.ts";
import { sourceIndex } from "./source-index.ts";
import { thousandViewers } from "./thousand-viewers.ts";
import { thumbnail } from "./thumbnail.ts";
import { uploadTus } from "./upload-tus.ts";
import { webhookThroughput } from "./webhook-throughput.ts";

const claims: readonly Claim[] = [
  edgeMultivariant,
  edgeMediaPlaylist,
  edgeToken,
  edgeBundle,
  edgeFirstRequest,
  isolateMemory,
  thousandViewers,
  segmentCold,
  segmentHit,
  uploadTus,
  ladderCpu,
  sourceIndex,
  instantPlay,
  instantSegment,
  fleetBytes,
  fleetScaling,
  runnerMemory,
  board,
  webhookThroughput,
  library,
  embedStart,
  thumbnail,
  download,
];

const { values } = parseArgs({
  options: { only: { type: "string" }, quick: { type: "boolean", default: false } },
});
const chosen = claims.filter(({ name }) => values.only === undefined || name === values.only);
if (chosen.length === 0) {
  console.error(`--only is one of ${claims.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}
const measured: Result[] = [];
for (const claim of chosen) {
  process.stderr.write(`${claim.name} …\n`);
  measured.push(...(await claim.run({ quick: values.quick, rounds: values.quick ? 3 : 10 })));
  writeResults(measured);
}
printResults(measured);
