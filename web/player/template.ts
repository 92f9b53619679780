// The player's inside: media-chrome's controls around one <video>. Markup only; nothing here is computed.
import "media-chrome/media-captions-button";
import "media-chrome/media-control-bar";
import "media-chrome/media-controller";
import "media-chrome/media-fullscreen-button";
import "media-chrome/media-loading-indicator";
import "media-chrome/media-mute-button";
import "media-chrome/media-pip-button";
import "media-chrome/media-play-button";
import "media-chrome/media-time-display";
import "media-chrome/media-time-range";
import "media-chrome/media-volume-range";
import "media-chrome/menu/media-audio-track-menu";
import "media-chrome/menu/media-audio-track-menu-button";
import "media-chrome/menu/media-captions-menu";
import "media-chrome/menu/media-captions-menu-button";
import "media-chrome/menu/media-chrome-menu-item";
import "media-chrome/menu/media-playback-rate-menu";
import "media-chrome/menu/media-playback-rate-menu-button";
import "media-chrome/menu/media-rendition-menu";
import "media-chrome/menu/media-rendition-menu-button";
import { addTranslation } from "media-chrome/utils/i18n";
import css from "./player.css?inline";

// A control's name must hold the text that it shows, which is "1x" (WCAG 2.5.3); other words fall back to English.
addTranslation("en", { "Playback rate {playbackRate}": "Playback rate {playbackRate}x" });

// tabindex -1: hotkeys work where focus is, so a click on the picture must bring it here, as it does to a <video>.
const template = document.createElement("template");
template.innerHTML = /* html */ `
<media-controller tabindex="-1">
  <media-loading-indicator slot="centered-chrome" noautohide></media-loading-indicator>
  <media-play-button slot="centered-chrome" class="start" notooltip></media-play-button>
  <div slot="dialog" class="notice" noautohide hidden>
    <div class="notice-text" role="status">
      <span class="notice-busy" aria-hidden="true"></span>
      <p class="notice-title"></p>
      <p class="notice-detail"></p>
    </div>
    <button type="button" class="notice-retry">Try again</button>
  </div>
  <media-rendition-menu hidden anchor="auto" aria-label="Quality"></media-rendition-menu>
  <media-playback-rate-menu hidden anchor="auto" aria-label="Speed" rates="0.5 0.75 1 1.25 1.5 2"></media-playback-rate-menu>
  <media-audio-track-menu hidden anchor="auto" aria-label="Audio"></media-audio-track-menu>
  <media-captions-menu hidden anchor="auto" aria-label="Captions"></media-captions-menu>
  <div class="scrim"></div>
  <media-control-bar class="timeline">
    <media-time-range></media-time-range>
  </media-control-bar>
  <media-control-bar class="buttons">
    <media-play-button></media-play-button>
    <media-mute-button></media-mute-button>
    <media-volume-range></media-volume-range>
    <media-time-display showduration notoggle></media-time-display>
    <span class="gap"></span>
    <media-audio-track-menu-button></media-audio-track-menu-button>
    <media-captions-menu-button></media-captions-menu-button>
    <media-playback-rate-menu-button></media-playback-rate-menu-button>
    <media-rendition-menu-button></media-rendition-menu-button>
    <media-pip-button></media-pip-button>
    <media-fullscreen-button></media-fullscreen-button>
  </media-control-bar>
</media-controller>`;

// Constructed, so a page's style-src does not concern it.
const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

export interface PlayerParts {
  readonly controller: HTMLElement;
  readonly start: HTMLElement;
  readonly notice: HTMLElement;
  readonly noticeTitle: HTMLElement;
  readonly noticeDetail: HTMLElement;
  readonly retry: HTMLElement;
}

/** Builds the shadow tree around `video`, which must be complete: media-chrome reads it when it is attached. */
export function buildPlayer(host: HTMLElement, video: HTMLVideoElement): PlayerParts {
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  const tree = document.importNode(template.content, true);
  const part = (selector: string): HTMLElement => {
    const found = tree.querySelector<HTMLElement>(selector);
    if (found === null) throw new Error(`The player's template has no ${selector}`);
    return found;
  };
  const parts = {
    controller: part("media-controller"),
    start: part(".start"),
    notice: part(".notice"),
    noticeTitle: part(".notice-title"),
    noticeDetail: part(".notice-detail"),
    retry: part(".notice-retry"),
  };
  // Its picture has no words for what it shows: who hears the page hears the range's own value.
  const preview = part("media-time-range").shadowRoot?.querySelector("media-preview-thumbnail");
  preview?.setAttribute("aria-hidden", "true");
  video.slot = "media";
  parts.controller.prepend(video);
  root.append(tree);
  return parts;
}
