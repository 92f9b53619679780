// FFmpeg's `-progress` blocks: key=value lines, each block closed by `progress=continue|end`.

export interface Progress {
  /** Frames written to the first video output; exact. */
  readonly frame: number;
  /** Null until the first packet is out; lags by the encoder's lookahead. */
  readonly outTimeSeconds: number | null;
  readonly done: boolean;
}

export function progressReader(onProgress: ((progress: Progress) => void) | undefined) {
  const decoder = new TextDecoder();
  let rest = "";
  let block = new Map<string, string>();
  const push = (bytes: Uint8Array) => {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const at = line.indexOf("=");
      if (at < 0) continue;
      block.set(line.slice(0, at).trim(), line.slice(at + 1).trim());
      if (!line.startsWith("progress=")) continue;
      onProgress?.(toProgress(block));
      block = new Map();
    }
  };
  return { push };
}

function toProgress(block: ReadonlyMap<string, string>): Progress {
  // `out_time_ms` is in microseconds too, an old bug that FFmpeg keeps; `out_time_us` says what it is.
  const micros = Number(block.get("out_time_us") ?? Number.NaN);
  return {
    frame: Number(block.get("frame") ?? 0) || 0,
    outTimeSeconds: Number.isFinite(micros) && micros >= 0 ? micros / 1e6 : null,
    done: block.get("progress") === "end",
  };
}
