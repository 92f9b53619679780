// Rows to what the API shows: field by field, so that a new column never leaks.
import type { Sites } from "#workers/http/host.ts";
import type { Caption } from "./contract.ts";
import type { StoredCaption } from "./store.ts";

export function toCaption(
  { entry, sizeBytes, cues, updatedAtMs }: StoredCaption,
  videoId: string,
  { api }: Pick<Sites, "api">,
): Caption {
  const { id, language, label, kind, isDefault, isForced, isHidden, origin } = entry;
  return {
    ...{ id, language, label, kind, sizeBytes, cues },
    default: isDefault,
    forced: isForced,
    hidden: isHidden,
    origin: origin.kind,
    url: `${api}/v1/videos/${videoId}/captions/${id}.vtt`,
    updatedAt: updatedAtMs === null ? null : new Date(updatedAtMs).toISOString(),
  };
}
