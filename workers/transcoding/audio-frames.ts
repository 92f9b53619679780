// Samples of one coded frame: sound is cut between frames. Pure.
import type { AudioWork } from "./contract.ts";

/** AAC-LC's 1024 (14496-3 4.5.1.1); Opus as it is encoded here, in frames of 20 ms of its 48 kHz. */
export const samplesPerFrame: Readonly<Record<AudioWork["codec"], number>> = { aac: 1024, opus: 960 };
