// What every isolate loads before its first request.
import { measureAlwaysLoaded } from "../scripts/stack/always-loaded.ts";
import type { Claim } from "./claim.ts";

const maxKilobytes = 40;

export const edgeBundle: Claim = {
  name: "edge-bundle",
  async run() {
    const { sizeBytes, gzipBytes, modules } = await measureAlwaysLoaded();
    const value = gzipBytes / 1024;
    return [
      {
        name: "edge-bundle",
        unit: "KB",
        value,
        baseline: null,
        ratio: null,
        aim: `value <= ${maxKilobytes}`,
        met: value <= maxKilobytes,
        note: `gzip of what is always loaded: ${modules.length} modules, ${sizeBytes} bytes minified, the shells of the Durable Objects included`,
      },
    ];
  },
};
