/** Among the encodes of all videos. */
export type Priority = "high" | "normal" | "low";
