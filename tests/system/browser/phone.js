// A phone in a web page: JsSIP, with what a test asks of it on `window.phone`.
// Whoever calls is answered.

import JsSIP from "jssip";

const MEDIA = { mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } };

let agent;
let session; // the latest
const sessions = [];
const story = [];

// Chromium decodes, and measures, only what somebody listens to.
function listen({ peerconnection }) {
  peerconnection.addEventListener("track", ({ streams }) => {
    const ear = new Audio();
    ear.srcObject = streams[0];
    ear.play();
  });
}

function follow(started) {
  session = started;
  sessions.push(started);
  started.on("refer", ({ accept }) => accept(null, { ...MEDIA }));
  started.on("replaces", ({ accept }) => accept());
  if (session.connection) listen({ peerconnection: session.connection });
  else session.on("peerconnection", listen);
  for (const name of ["confirmed", "hold", "unhold", "ended", "failed"]) {
    session.on(name, (event) => story.push([name, event.originator, event.cause ?? null]));
  }
}

async function statistics(type) {
  const reports = [...(await session.connection.getStats()).values()];
  return reports.find((each) => each.type === type && each.kind === "audio");
}

window.phone = {
  // Resolves once the registrar has agreed.
  register(url, user, password) {
    const sockets = [new JsSIP.WebSocketInterface(url)];
    agent = new JsSIP.UA({ sockets, uri: `sip:${user}@example.test`, password });
    agent.on("newRTCSession", ({ originator, session: started }) => {
      follow(started);
      if (originator === "remote") started.answer(MEDIA);
    });
    return new Promise((resolve, reject) => {
      agent.on("registered", () => resolve(true));
      agent.on("registrationFailed", ({ cause }) => reject(new Error(cause)));
      agent.on("disconnected", ({ error }) => error && reject(new Error("no connection")));
      agent.start();
    });
  },

  call(number) {
    agent.call(`sip:${number}@example.test`, MEDIA);
  },

  // Whether it can be now: not while another re-INVITE is under way.
  hold: () => session.hold(),
  resume: () => session.unhold(),
  hangUp: () => session.terminate(),

  // Attended transfer: whom we called first shall talk to whom we called then, and we are out of
  // it as soon as we are told that they do.
  transfer(number) {
    const [first, second] = sessions;
    const accepted = () => first.terminate();
    const options = { replaces: second, eventHandlers: { accepted } };
    first.refer(`sip:${number}@example.test`, options);
  },

  // What has happened to the calls: [event, "local" | "remote" | "system", cause].
  story: () => story,

  // What has come in as sound: packets, and its energy (0 for silence).
  async heard() {
    const sound = await statistics("inbound-rtp");
    return { packets: sound?.packetsReceived ?? 0, energy: sound?.totalAudioEnergy ?? 0 };
  },

  // Packets that have gone out as sound.
  async said() {
    return (await statistics("outbound-rtp"))?.packetsSent ?? 0;
  },
};
