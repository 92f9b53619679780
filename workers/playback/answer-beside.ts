import type { Answer } from "./call.ts";
import { answerCaption } from "./caption-answer.ts";
import { answerChapters } from "./chapters-answer.ts";
import type { Wanted } from "./decision.ts";
import { answerDownload } from "./download-answer.ts";
import type { PlaybackIsolate } from "./isolate.ts";

/** What `decideBeside` allowed. */
export function answerBeside(
  memory: PlaybackIsolate,
  wanted: Extract<Wanted, { readonly kind: "text" | "chapters" | "download" }>,
): Promise<Answer> {
  switch (wanted.kind) {
    case "text":
      return answerCaption(memory, wanted.call);
    case "chapters":
      return answerChapters(wanted.call, wanted.format);
    case "download":
      return answerDownload(memory, wanted.call);
  }
}
