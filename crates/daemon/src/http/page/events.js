// The event stream, read with fetch: EventSource cannot send the Authorization header.

import { request } from "./api.js";

// The daemon sends a comment each 15 s; a stream that is silent for three times as long is dead.
const SILENCE_MS = 45_000;

/**
 * Reads the stream until it ends or fails.
 * @param {AbortController} stop
 * @param {() => void} onOpen
 * @param {(kind: string, data: any) => void} onEvent
 */
export async function readEvents(stop, onOpen, onEvent) {
  const headers = { Accept: "text/event-stream" };
  const response = await request("/events", { headers, signal: stop.signal });
  if (!response.body) return;
  onOpen();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const silence = setTimeout(() => stop.abort(), SILENCE_MS);
    const { done, value } = await reader.read().finally(() => clearTimeout(silence));
    if (done) return;
    const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) deliver(block, onEvent);
  }
}

/** @param {string} block @param {(kind: string, data: any) => void} onEvent */
function deliver(block, onEvent) {
  let kind = "message";
  const data = [];
  for (const line of block.split("\n")) {
    const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (field === "event") kind = value;
    else if (field === "data") data.push(value);
  }
  if (data.length) onEvent(kind, JSON.parse(data.join("\n")));
}
