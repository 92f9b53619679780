// Runs in the page: one small face over hls.js, Shaka and dash.js, and a record of what happened.
/* global Hls, shaka, dashjs */
(() => {
  const video = () => document.getElementById("video");
  const record = { errors: [], stalls: 0, firstBufferStart: null, firstTime: null, firstFrameTime: null };
  // dash.js ends by a timer of its own: it may pause the element a moment before that would have ended by itself.
  let endedByPlayer = false;

  function watch(element) {
    element.requestVideoFrameCallback((_now, { mediaTime }) => (record.firstFrameTime = mediaTime));
    element.addEventListener("waiting", () => {
      if (record.firstTime !== null && !element.seeking && !element.ended) record.stalls += 1;
    });
    element.addEventListener("playing", () => (record.firstTime ??= element.currentTime));
    element.addEventListener("error", () => record.errors.push(`media: ${element.error?.message}`));
    // `progress` comes a few times a second at most, and may come after the first pictures.
    for (const type of ["progress", "loadeddata", "playing"]) {
      element.addEventListener(type, () => {
        if (record.firstBufferStart === null && element.buffered.length > 0) {
          record.firstBufferStart = element.buffered.start(0);
        }
      });
    }
  }

  const faces = {
    async hls(url, config) {
      const player = new Hls({ startPosition: 0, ...config });
      player.on(Hls.Events.ERROR, (_event, data) => {
        // A request that a seek or a switch has made needless, ended by the player itself.
        if (data.details === Hls.ErrorDetails.INTERNAL_ABORTED) return;
        record.errors.push(`hls.js: ${data.details} ${data.fatal ? "fatal" : ""}`);
      });
      const parsed = new Promise((resolve) => player.once(Hls.Events.MANIFEST_PARSED, resolve));
      player.loadSource(url);
      player.attachMedia(video());
      await parsed;
      return {
        heights: () => player.levels.map((level) => level.height),
        choose: (height) =>
          (player.currentLevel = player.levels.findIndex((level) => level.height === height)),
        texts: () => player.subtitleTracks.map(({ lang, forced }) => ({ language: lang, forced })),
        chooseText: (language) => {
          player.subtitleDisplay = true;
          player.subtitleTrack = player.subtitleTracks.findIndex(
            ({ lang, forced }) => lang === language && !forced,
          );
        },
        sounds: () => player.audioTracks.map(({ lang }) => lang),
        chooseSound: (language) =>
          (player.audioTrack = player.audioTracks.findIndex(({ lang }) => lang === language)),
      };
    },
    async shaka(url) {
      shaka.polyfill.installAll();
      const player = new shaka.Player();
      await player.attach(video());
      player.addEventListener("error", (event) =>
        record.errors.push(`shaka: ${event.detail.code} ${event.detail.data}`),
      );
      await player.load(url, 0);
      return {
        heights: () => [...new Set(player.getVariantTracks().map((track) => track.height))],
        choose: (height) => {
          player.configure({ abr: { enabled: false } });
          const track = player.getVariantTracks().find((candidate) => candidate.height === height);
          player.selectVariantTrack(track, true);
        },
        texts: () => player.getTextTracks().map(({ language, forced }) => ({ language, forced })),
        chooseText: (language) =>
          player.selectTextTrack(
            player.getTextTracks().find((track) => track.language === language && !track.forced),
          ),
        sounds: () => player.getAudioTracks().map(({ language }) => language),
        chooseSound: (wanted) =>
          player.selectAudioTrack(player.getAudioTracks().find(({ language }) => language === wanted)),
      };
    },
    async dash(url) {
      const player = dashjs.MediaPlayer().create();
      player.on(dashjs.MediaPlayer.events.ERROR, (event) =>
        record.errors.push(`dash.js: ${event.error?.code} ${event.error?.message}`),
      );
      player.on(dashjs.MediaPlayer.events.PLAYBACK_ENDED, () => (endedByPlayer = true));
      player.on(dashjs.MediaPlayer.events.PLAYBACK_SEEKING, () => (endedByPlayer = false));
      const ready = new Promise((resolve) =>
        player.on(dashjs.MediaPlayer.events.STREAM_INITIALIZED, resolve),
      );
      // Its own order, by which a text is chosen.
      let listed = [];
      player.on(dashjs.MediaPlayer.events.TEXT_TRACKS_ADDED, ({ tracks }) => (listed = tracks));
      player.initialize(video(), url, false, 0);
      await ready;
      const ladder = () => player.getRepresentationsByType("video");
      const texts = () => listed;
      const isForced = (roles) => (roles ?? []).some((role) => (role.value ?? role) === "forced-subtitle");
      return {
        heights: () => ladder().map((representation) => representation.height),
        choose: (height) => {
          player.updateSettings({
            streaming: { abr: { autoSwitchBitrate: { video: false } }, buffer: { fastSwitchEnabled: true } },
          });
          player.setRepresentationForTypeByIndex(
            "video",
            ladder().findIndex((candidate) => candidate.height === height),
            true,
          );
        },
        texts: () => texts().map(({ lang, roles }) => ({ language: lang, forced: isForced(roles) })),
        chooseText: (language) => {
          player.enableText(true);
          player.setTextTrack(texts().findIndex(({ lang, roles }) => lang === language && !isForced(roles)));
        },
        sounds: () => player.getTracksFor("audio").map(({ lang }) => lang),
        chooseSound: (language) =>
          player.setCurrentTrack(player.getTracksFor("audio").find(({ lang }) => lang === language)),
      };
    },
  };

  function ranges(list) {
    return Array.from({ length: list.length }, (_, index) => [list.start(index), list.end(index)]);
  }

  /** A small copy of the frame that is shown, by its luma. */
  function picture() {
    const [width, height] = [64, 36];
    const context = new OffscreenCanvas(width, height).getContext("2d");
    context.drawImage(video(), 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    const luma = Array.from({ length: width * height }, (_, pixel) => {
      const [red, green, blue] = data.subarray(pixel * 4);
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    });
    const brightness = luma.reduce((sum, value) => sum + value, 0) / luma.length;
    return { brightness, spread: Math.max(...luma) - Math.min(...luma) };
  }

  let face = null;
  window.bench = {
    async open(kind, url, config = {}) {
      watch(video());
      try {
        face = await faces[kind](url, config);
        await video().play();
      } catch (error) {
        record.errors.push(`open: ${error?.code ?? ""} ${error?.message ?? error}`);
      }
    },
    heights: () => [...face.heights()].sort((a, b) => a - b),
    choose: (height) => face.choose(height),
    texts: () => face.texts(),
    chooseText: (language) => face.chooseText(language),
    sounds: () => face.sounds(),
    chooseSound: (language) => face.chooseSound(language),
    /** What is written over the picture now. */
    cues: () =>
      [...video().textTracks]
        .filter(({ mode }) => mode === "showing")
        .flatMap(({ activeCues }) => [...(activeCues ?? [])].map(({ text }) => text)),
    seek: (seconds) => (video().currentTime = seconds),
    rate: (rate) => (video().playbackRate = rate),
    picture,
    state: () => ({
      ...record,
      ended: video().ended || endedByPlayer,
      time: video().currentTime,
      duration: video().duration,
      height: video().videoHeight,
      seeking: video().seeking,
      paused: video().paused,
      played: ranges(video().played),
      frames: video().getVideoPlaybackQuality().totalVideoFrames,
      dropped: video().getVideoPlaybackQuality().droppedVideoFrames,
    }),
  };
})();
