// Texts that media-chrome finds among the tracks of a media element: chapters beside the small pictures of storyboard.ts.

export function showChapters(video: HTMLVideoElement, url: string): void {
  hideChapters(video);
  const track = document.createElement("track");
  track.kind = "chapters";
  track.default = true;
  track.src = url;
  video.append(track);
}

export function hideChapters(video: HTMLVideoElement): void {
  for (const track of video.querySelectorAll('track[kind="chapters"]')) track.remove();
}
