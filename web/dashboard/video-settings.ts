// What the next videos are made with, as a person chose it, and as tus and the API take it. Pure.

export interface VideoSettings {
  readonly playbackPolicy: string;
  readonly encoding: string;
  readonly creator: string;
  readonly tags: readonly string[];
}

/** What the API does by itself. */
export const usualSettings: VideoSettings = {
  playbackPolicy: "public",
  encoding: "standard",
  creator: "",
  tags: [],
};

/** Of the body of a request. What is as usual is left out. */
export function settingsFields(
  settings: VideoSettings,
): Readonly<Record<string, string | readonly string[]>> {
  const { playbackPolicy, encoding, creator, tags } = settings;
  return {
    ...(playbackPolicy === usualSettings.playbackPolicy ? {} : { playbackPolicy }),
    ...(encoding === usualSettings.encoding ? {} : { encoding }),
    ...(creator === "" ? {} : { creator }),
    ...(tags.length === 0 ? {} : { tags }),
  };
}

/** As `Upload-Metadata`, where lists are JSON. */
export function settingsMetadata(settings: VideoSettings): Readonly<Record<string, string>> {
  const fields = Object.entries(settingsFields(settings));
  return Object.fromEntries(
    fields.map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

export const tagsIn = (text: string): readonly string[] => [
  ...new Set(
    text
      .split(",")
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ""),
  ),
];
