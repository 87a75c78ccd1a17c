//! The things that a theme can colour.

macro_rules! scopes {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// One thing on the screen that a theme can colour.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Scope { $($(#[$doc])* $name,)* }

        impl Scope {
            /// Every scope.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name in a theme; `stage.held` is coloured as `stage` where a theme says nothing closer.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }
        }
    };
}

scopes! {
    /// Plain text and the background.
    Text = "text",
    /// Text that matters less.
    Dim = "text.dim",
    /// Text that matters more.
    Strong = "text.strong",
    /// Frames.
    Border = "border",
    /// The frame of the panel with the keys.
    BorderFocus = "border.focus",
    /// Titles of panels.
    Title = "title",
    /// The title of the panel with the keys.
    TitleFocus = "title.focus",
    /// The first line.
    Header = "header",
    /// The program's name.
    HeaderBrand = "header.brand",
    /// The meeting's title.
    HeaderTitle = "header.title",
    /// Before the start.
    PhaseScheduled = "phase.scheduled",
    /// Under way.
    PhaseLive = "phase.live",
    /// Last words.
    PhaseClosing = "phase.closing",
    /// Over.
    PhaseEnded = "phase.ended",
    /// The link works.
    LinkUp = "link.up",
    /// The link does not work.
    LinkLost = "link.lost",
    /// Names of those on the stage.
    StageName = "stage.name",
    /// Somebody who speaks now.
    StageSpeaking = "stage.speaking",
    /// An open microphone.
    StageLive = "stage.live",
    /// A microphone muted by its owner.
    StageMuted = "stage.muted",
    /// A microphone muted by a host.
    StageHeld = "stage.held",
    /// Invited, not there yet.
    StageInvited = "stage.invited",
    /// Roles.
    StageRole = "stage.role",
    /// A quiet level.
    MeterLow = "meter.low",
    /// A good level.
    MeterMid = "meter.mid",
    /// A level near the limit.
    MeterHigh = "meter.high",
    /// The rest of a meter.
    MeterOff = "meter.off",
    /// The turn that is on.
    QueueCalled = "queue.called",
    /// Those who are called next.
    QueueOnDeck = "queue.on-deck",
    /// Those who wait.
    QueueWaiting = "queue.waiting",
    /// Names in the queue.
    QueueName = "queue.name",
    /// Topics.
    QueueTopic = "queue.topic",
    /// What a hand asks for, when it is no question.
    QueueKind = "queue.kind",
    /// Supporters.
    QueueSupport = "queue.support",
    /// Waiting times.
    QueueTime = "queue.time",
    /// Somebody never heard before.
    QueueFirst = "queue.first-time",
    /// The big digits.
    ClockTime = "clock.time",
    /// What is left.
    ClockLeft = "clock.left",
    /// Less than five minutes left.
    ClockSoon = "clock.soon",
    /// Beyond the planned length.
    ClockOvertime = "clock.overtime",
    /// The clock is stopped.
    ClockPaused = "clock.paused",
    /// When it will probably end.
    ClockProjected = "clock.projected",
    /// The agenda.
    ClockItem = "clock.item",
    /// People who have been heard.
    HereHeard = "here.heard",
    /// People who have not been heard yet.
    HereUnheard = "here.unheard",
    /// People with a raised hand.
    HereHand = "here.hand",
    /// People on the stage.
    HereStage = "here.stage",
    /// People whose link is gone.
    HereAway = "here.away",
    /// People who only listen.
    HereListening = "here.listening",
    /// Oneself.
    HereSelf = "here.self",
    /// The own microphone is open.
    MicOpen = "mic.open",
    /// The own microphone is muted.
    MicMuted = "mic.muted",
    /// The own microphone is held.
    MicHeld = "mic.held",
    /// The own microphone is closed.
    MicClosed = "mic.closed",
    /// Something waits for an answer.
    StatusCall = "status.call",
    /// Something does not work.
    StatusProblem = "status.problem",
    /// A quiet remark.
    StatusInfo = "status.info",
    /// Keys in the footer and in lists.
    Key = "key",
    /// What a key does.
    KeyText = "key.text",
    /// What is not possible now.
    Disabled = "disabled",
    /// The selected thing in the panel with the keys.
    Selected = "selected",
    /// The selected thing elsewhere.
    SelectedIdle = "selected.idle",
    /// Boxes on top.
    Layer = "layer",
    /// Their frame.
    LayerBorder = "layer.border",
    /// Their title.
    LayerTitle = "layer.title",
    /// Letters that match what was typed.
    LayerMatch = "layer.match",
    /// A text field.
    Input = "input",
    /// A remark.
    ToastInfo = "toast.info",
    /// A refusal.
    ToastWarning = "toast.warning",
    /// Something that wants an answer.
    ToastCall = "toast.call",
}
