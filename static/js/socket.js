// One websocket of one path: subscribes what is asked for, comes back after a loss, measures its delay.
const PING_EVERY_MS = 15000;
const BACK_OFF_MS = [500, 1000, 2000, 5000, 10000];

export class LiveSocket {
  constructor(path, { onFrame, onState, onBack }) {
    Object.assign(this, { path, onFrame, onState, onBack, lostAt: null, channels: new Set(), attempt: 0, delayMs: null, state: "off", lastSequence: 0, heardAt: Date.now() });
    document.addEventListener("visibilitychange", () => (document.hidden ? this.rest() : this.connect()));
    window.addEventListener("online", () => this.connect());
    setInterval(() => this.ping(), PING_EVERY_MS);
  }

  subscribe(channels) {
    const fresh = channels.filter((channel) => !this.channels.has(channel));
    for (const channel of fresh) this.channels.add(channel);
    if (fresh.length && this.isOpen()) this.send({ op: "subscribe", channels: fresh });
    this.connect();
  }

  unsubscribe(channels) {
    for (const channel of channels) this.channels.delete(channel);
    if (channels.length && this.isOpen()) this.send({ op: "unsubscribe", channels });
  }

  isOpen() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  send(message) {
    this.socket.send(JSON.stringify(message));
  }

  connect() {
    if (document.hidden || !this.channels.size || (this.socket && this.socket.readyState <= WebSocket.OPEN)) return;
    clearTimeout(this.retry);
    const url = new URL(this.path, location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new WebSocket(url);
    this.socket.onopen = () => this.opened();
    this.socket.onmessage = (event) => this.received(JSON.parse(event.data));
    this.socket.onclose = (event) => this.lost(event);
  }

  opened() {
    this.attempt = 0;
    // What was missed comes first; only the user's own socket counts its frames.
    const after = this.lastSequence ? { after: this.lastSequence } : {};
    this.send({ op: "subscribe", channels: [...this.channels], ...after });
    this.ping();
    this.setState("live");
    if (this.lostAt) this.onBack(Date.now() - this.lostAt);
    this.lostAt = null;
  }

  received(frame) {
    this.heardAt = Date.now();
    if (frame.seq) this.lastSequence = frame.seq;
    if (frame.type === "subscribed") this.lastSequence ||= frame.data.seq ?? 0;
    if (frame.type === "pong") {
      this.delayMs = Math.round(performance.now() - this.pingedAt);
      this.setState("live");
    } else this.onFrame(frame);
  }

  lost(event) {
    if (document.hidden) return;
    // Refused for good (not signed in, path unknown): trying again cannot help.
    if (event.code === 4401 || event.code === 4403) return this.setState("off");
    this.lostAt ??= Date.now();
    this.setState("reconnecting");
    const wait = BACK_OFF_MS[Math.min(this.attempt++, BACK_OFF_MS.length - 1)];
    this.retry = setTimeout(() => this.connect(), wait * (0.75 + Math.random() / 2));
  }

  // Nobody looks: ask nothing.
  rest() {
    clearTimeout(this.retry);
    this.socket?.close();
  }

  ping() {
    if (!this.isOpen()) return;
    this.pingedAt = performance.now();
    this.send({ op: "ping" });
  }

  setState(state) {
    this.state = state;
    this.onState();
  }
}
