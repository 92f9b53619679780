// Which video a playback id is of, as far as this tab has seen it with a key: the watch page shows who uploaded a video
// more of it than a viewer. A playback id alone tells nobody.

const prefix = "sluice.video.";

export function rememberVideo(playbackId: string, videoId: string): void {
  sessionStorage.setItem(prefix + playbackId, videoId);
}

export function knownVideoId(playbackId: string): string | null {
  return sessionStorage.getItem(prefix + playbackId);
}
