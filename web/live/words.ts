// Where a video is between its upload and its last rendition, in words. Pure.
import { formatTimeLeft } from "../design/format.ts";
import type { Followed } from "./follow-video.ts";

export interface Words {
  readonly pill: string;
  readonly mood: "busy" | "good" | "bad";
  readonly detail: string;
}

export function wordsOf({ video, percent, etaSeconds }: Followed): Words {
  const { state, playable, error } = video.status;
  const why = playable ? null : whyItWaits(video);
  switch (state) {
    case "awaitingUpload":
      return words("Uploading", "busy", "The file is on its way");
    case "uploaded":
      return playable
        ? words("Plays already", "good", "The other qualities wait for an encoder")
        : words("Waiting", "busy", "Waits for an encoder", why);
    case "processing": {
      const parts = [`Encoded ${Math.floor(percent)}%`, timeLeft(etaSeconds), why];
      return playable ? words("Plays already", "good", ...parts) : words("Encoding", "busy", ...parts);
    }
    case "ready":
      return video.encoding === "passthrough"
        ? words("Ready", "good", "Plays as it was uploaded")
        : words("Ready", "good", "Encoded in all qualities");
    case "error": {
      const message = error?.message ?? "The file could not be encoded.";
      return words("Failed", "bad", message, playable ? "the uploaded file itself plays" : null);
    }
  }
}

function whyItWaits({ instantPlay }: Followed["video"]): string | null {
  return instantPlay?.state === "waiting" ? instantPlay.reason.message : null;
}

function words(pill: string, mood: Words["mood"], ...parts: readonly (string | null)[]): Words {
  return { pill, mood, detail: parts.filter((part) => part !== null).join(" · ") };
}

function timeLeft(etaSeconds: number | null): string | null {
  return etaSeconds === null ? null : formatTimeLeft(etaSeconds);
}
