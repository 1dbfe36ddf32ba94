// Generated from proto/wire by ./dev gen.

export type Id = string;

export interface ContentRef {
  id: Id;
  hash: string;
}

export type BodyKind = 'district' | 'town' | 'village' | 'school' | 'organisation' | 'observers' | 'parents';

export type Role = 'organiser' | 'facilitator' | 'child_supervisor' | 'child_director' | 'reviewer' | 'privacy_officer' | 'unit' | 'auditor';

export type KioskRole = 'booth' | 'slip_office' | 'keeper';

export type Sex = 'girl' | 'boy';

export type MeetingKind = 'plenary' | 'topical' | 'election';

export type Origin = 'child_card' | 'group' | 'adult';

export type Office = 'chair' | 'clerk' | 'timekeeper' | 'scrutineer' | 'staff';

export type Side = 'for' | 'against' | 'question';

export type Show = 'follow' | 'blank' | 'agenda' | 'motion' | 'timer' | 'queue' | 'poll' | 'result' | 'receipts' | 'rules' | 'guests';

export type Group = 'children' | 'guardians';

export type RuleKind = 'majority' | 'two_thirds' | 'three_quarters' | 'plurality' | 'none';

export type Base = 'entitled' | 'present' | 'valid' | 'cast' | 'for_against';

export type Tie = 'second_round' | 'lot';

export type Choice = 'for' | 'against' | 'abstain';

export type Method = 'yna' | 'one' | 'many' | 'dots';

export type Band = 'A' | 'B' | 'C';

export type Hold = 'go' | 'pause' | 'wait';

export type RosterFault = 'missing' | 'form' | 'range' | 'twice' | 'taken' | 'same' | 'known' | 'empty';

export type PollState = 'draft' | 'ready' | 'open' | 'closing' | 'closed' | 'tallied' | 'published' | 'void';

export type Mime = 'audio/ogg';

export type MeetingState = 'planned' | 'open' | 'closed';

export type KioskState = 'requested' | 'approved' | 'revoked';

export type MotionState = 'open' | 'passed' | 'rejected' | 'withdrawn';

export type Outcome = 'passed' | 'rejected' | 'elected' | 'tied' | 'turnout' | 'counted';

export type KeepersState = 'certs' | 'commits' | 'reveals' | 'keys' | 'confirm' | 'ready' | 'aborted';

export type Act = 'open' | 'give_up' | 'accept' | 'erase' | 'read' | 'lot';

export type TextPart = 'item' | 'item_child' | 'motion' | 'motion_text' | 'motion_child' | 'question' | 'option' | 'asked' | 'decides' | 'can_change' | 'answer_by';

export type Voice = 'machine' | 'human';

export type KeeperStep = 'cert' | 'commit' | 'reveal' | 'key' | 'confirm' | 'abort';

export interface CmdHello {
  client: string;
}

export interface CmdLogin {
  login: string;
  passphrase: string;
}

export interface CmdLoginResume {
  token: string;
}

export interface CmdLogout {
}

export interface CmdCardLogin {
  code: string;
}

export interface CmdKioskHello {
  key: string;
}

export interface CmdKioskProve {
  signature: string;
}

export interface CmdSubscribe {
  view: string;
  key: string;
  ver?: number;
}

export interface CmdUnsubscribe {
  view: string;
  key: string;
}

export interface CmdKioskStatus {
  state: string;
  waiting: number;
  clock_ms: number;
  version?: string;
}

export interface CmdKioskRelease {
  council: Id;
  poll: Id;
  kiosk: Id;
}

export interface CmdSetup {
  code: string;
  district: string;
  login: string;
  name: string;
  passphrase: string;
}

export interface CmdBodyAdd {
  parent: Id;
  kind: BodyKind;
  name: string;
}

export interface CouncilRules {
  quorum_num: number;
  quorum_den: number;
  speech_seconds: number;
  reply_days: number;
}

export interface CmdCouncilAdd {
  body: Id;
  name: string;
  term: number;
  rules: CouncilRules;
}

export interface CmdCouncilRules {
  council: Id;
  rules: CouncilRules;
}

export interface CmdStaffAdd {
  body: Id;
  login: string;
  name: string;
  passphrase: string;
  role: Role;
}

export interface CmdStaffGrant {
  staff: Id;
  body: Id;
  role: Role;
}

export interface CmdStaffRevoke {
  staff: Id;
  body: Id;
  role: Role;
}

export interface CmdStaffPassphrase {
  staff: Id;
  passphrase: string;
}

export interface CmdKioskRequest {
  key: string;
  role: KioskRole;
  name: string;
  signature: string;
}

export interface CmdKioskApprove {
  kiosk: Id;
  body: Id;
}

export interface CmdKioskRevoke {
  kiosk: Id;
}

export interface RosterRow {
  name: string;
  sex: Sex;
  grade: number;
  seat: number;
}

export interface CmdRosterImport {
  council: Id;
  rows: RosterRow[];
}

export interface RawRow {
  name: string;
  sex: string;
  grade: string;
  seat: string;
}

export interface CmdRosterCheck {
  council: Id;
  rows: RawRow[];
}

export interface CmdRosterRead {
  council: Id;
  members: Id[];
  reason: string;
}

export interface CmdMemberRemove {
  council: Id;
  member: Id;
}

export interface CmdContentErase {
  council: Id;
  content: Id;
  reason: string;
}

export interface AgendaRow {
  title: string;
  minutes: number;
  origin: Origin;
  child?: string;
}

export interface CmdMeetingCreate {
  council: Id;
  kind: MeetingKind;
  sitting: number;
  title: string;
  place: string;
  starts_at: number;
  minutes: number;
  items: AgendaRow[];
  rehearsal: boolean;
}

export interface CmdMeetingChange {
  council: Id;
  meeting: Id;
  title: string;
  place: string;
  starts_at: number;
  minutes: number;
  items: AgendaRow[];
}

export interface CmdMeetingOpen {
  council: Id;
  meeting: Id;
}

export interface CmdMeetingClose {
  council: Id;
  meeting: Id;
}

export interface CmdMeetingItem {
  council: Id;
  meeting: Id;
  item: number;
}

export interface CmdItemNote {
  council: Id;
  meeting: Id;
  item: number;
  text: string;
}

export interface CmdOfficeGrant {
  council: Id;
  meeting: Id;
  office?: Office;
}

export interface CmdAttendanceArrive {
  council: Id;
  meeting: Id;
  members: Id[];
}

export interface CmdAttendanceLeave {
  council: Id;
  meeting: Id;
  members: Id[];
}

export interface CmdAttendanceExcuse {
  council: Id;
  meeting: Id;
  members: Id[];
}

export interface CmdAttendanceGuests {
  council: Id;
  meeting: Id;
  observers: number;
  guests: number;
  guardians: number;
}

export interface CmdQueueJoin {
  council: Id;
  meeting: Id;
  seat: number;
  side: Side;
}

export interface CmdQueueNext {
  council: Id;
  meeting: Id;
  seconds: number;
}

export interface CmdQueueMove {
  council: Id;
  meeting: Id;
  seat: number;
  place: number;
}

export interface CmdQueueLeave {
  council: Id;
  meeting: Id;
  seat: number;
}

export interface CmdTimerSet {
  council: Id;
  meeting: Id;
  seconds: number;
}

export interface CmdScreenShow {
  council: Id;
  meeting: Id;
  show: Show;
  motion?: Id;
  poll?: Id;
  step: number;
}

export interface CmdMotionPut {
  council: Id;
  meeting: Id;
  item: number;
  title: string;
  text: string;
  origin: Origin;
  child?: string;
}

export interface CmdMotionWithdraw {
  council: Id;
  motion: Id;
}

export interface CmdMotionMinority {
  council: Id;
  motion: Id;
  text: string;
}

export interface CmdMotionDecide {
  council: Id;
  motion: Id;
  text: string;
  lead: string;
  support: string;
  due_days: number;
}

export interface ReservedRow {
  tag: string;
  seats: number;
}

export interface PassRule {
  kind: RuleKind;
  base: Base;
  turnout_num: number;
  turnout_den: number;
  seats: number;
  reserved: ReservedRow[];
  tie: Tie;
  notice_days: number;
  minimum_num?: number;
  minimum_den?: number;
}

export interface CmdHandsRecord {
  council: Id;
  meeting: Id;
  item: number;
  motion?: Id;
  group: Group;
  question: string;
  for_count: number;
  against: number;
  abstain: number;
  rule: PassRule;
}

export interface NamedVote {
  member: Id;
  choice: Choice;
}

export interface CmdNamedRecord {
  council: Id;
  meeting: Id;
  item: number;
  motion?: Id;
  question: string;
  votes: NamedVote[];
  rule: PassRule;
}

export interface CmdTextPinyin {
  council: Id;
  text: Id;
  pinyin: string[];
}

export interface CmdTextClip {
  council: Id;
  text: Id;
  upload: Id;
}

export interface CmdPackRegister {
  council: Id;
  uuid: Id;
  letter: string;
  printed: number;
  list: string;
  signature: string;
}

export interface CmdKeepersStart {
  council: Id;
  meeting: Id;
  threshold: number;
  stations: Id[];
}

export interface CmdKeeperStep {
  council: Id;
  meeting: Id;
  round: number;
  step: string;
  record: string;
}

export interface OptionRow {
  text: string;
  tag?: string;
}

export interface InfoCard {
  asked: string;
  decides: string;
  can_change: string;
  answer_by: string;
}

export interface CmdPollCreate {
  council: Id;
  meeting: Id;
  item: number;
  motion?: Id;
  question: string;
  method: Method;
  min: number;
  max: number;
  per_option: number;
  blank: boolean;
  options: OptionRow[];
  rule: PassRule;
  info: InfoCard;
  free_flow: boolean;
  two_persons: boolean;
  not_before: number;
  min_tally: number;
  band?: Band;
}

export interface CmdPollPrepare {
  council: Id;
  poll: Id;
  pack: Id;
  booths: Id[];
}

export interface CmdPackageAck {
  council: Id;
  uuid: Id;
  phi: string;
  zero?: string;
}

export interface CmdPollZero {
  council: Id;
  poll: Id;
}

export interface CmdPollOpen {
  council: Id;
  poll: Id;
}

export interface CmdPollHold {
  council: Id;
  poll: Id;
  hold: Hold;
}

export interface CmdPollClose {
  council: Id;
  poll: Id;
}

export interface CmdBoothStatement {
  council: Id;
  uuid: Id;
  sealed: number;
  opened: number;
  voided: number;
  set: string;
  signature: string;
}

export interface CmdBoothGiveUp {
  council: Id;
  poll: Id;
  kiosk: Id;
  reason: string;
}

export interface PaperCounts {
  printed: number;
  left_over: number;
  handed_out: number;
  unused: number;
  lost: number;
  lost_replaced: number;
  exchanged: number;
  audited: number;
  took_part: number;
}

export interface CmdPollPaper {
  council: Id;
  poll: Id;
  counts: PaperCounts;
}

export interface CmdPollAcceptDifference {
  council: Id;
  poll: Id;
  reason: string;
}

export interface CmdPollFinish {
  council: Id;
  poll: Id;
}

export interface CmdClosingSign {
  council: Id;
  uuid: Id;
  k: string;
  signature: string;
}

export interface CmdPollPartial {
  council: Id;
  uuid: Id;
  owner: number;
  record: string;
}

export interface CmdPollTally {
  council: Id;
  poll: Id;
}

export interface CmdPollLot {
  council: Id;
  poll: Id;
  drawn: number[];
}

export interface CmdPollPublish {
  council: Id;
  poll: Id;
}

export interface CmdPollComplain {
  council: Id;
  poll: Id;
  text: string;
}

export interface CmdPollAnswer {
  council: Id;
  poll: Id;
  complaint: number;
  text: string;
}

export interface CmdPollFinalise {
  council: Id;
  poll: Id;
}

export interface CmdPollVoid {
  council: Id;
  poll: Id;
  reason: string;
}

export interface CmdSlipCast {
  council: Id;
  uuid: Id;
  ballot: string;
}

export interface CmdSlipVoid {
  council: Id;
  uuid: Id;
  credential: string;
  proof: string;
}

export interface CmdSlipAudit {
  council: Id;
  uuid: Id;
  credential: string;
  proof: string;
}

export interface ReadRow {
  row: number;
  name: string;
  sex: Sex;
  grade: number;
  seat: number;
}

export interface RosterFinding {
  row: number;
  field: string;
  fault: RosterFault;
  other: number;
}

export interface RosterCheck {
  rows: ReadRow[];
  findings: RosterFinding[];
}

export interface Reply {
  id?: Id;
  token?: string;
  nonce?: string;
  server_key?: string;
  signature?: string;
  now?: number;
  count?: number;
  note?: string;
  waiting_second?: boolean;
  repeat?: boolean;
  setup_needed?: boolean;
  roster?: RosterCheck;
}

export interface BoothPoll {
  council: Id;
  poll: Id;
  uuid: Id;
  letter: string;
  state: PollState;
  package: string;
  free_flow: boolean;
  hold?: Hold;
  rehearsal?: boolean;
  released: number;
  k?: string;
  statement?: string;
}

export interface BoothCard {
  office: Office;
  hash: string;
}

export interface ViewBooth {
  server_key: string;
  polls: BoothPoll[];
  cards: BoothCard[];
}

export interface ViewPackage {
  package: string;
  signature: string;
}

export interface ViewClip {
  mime: Mime;
  data: string;
}

export interface KeeperSetup {
  council: Id;
  meeting: Id;
  round: number;
  threshold: number;
  index: number;
  stations: Id[];
  certs: (string | null)[];
  commits: (string | null)[];
  reveals: (string | null)[];
  keys: (string | null)[];
  trustees?: string;
  state: string;
}

export interface KeeperPoll {
  council: Id;
  poll: Id;
  uuid: Id;
  state: PollState;
  owner: number;
  words: string;
  statement?: string;
  signature?: string;
  booths: string[];
}

export interface ViewKeeper {
  setups: KeeperSetup[];
  polls: KeeperPoll[];
}

export interface MeGrant {
  body: Id;
  name: string;
  role: Role;
}

export interface MeCouncil {
  council: Id;
  body: Id;
  name: string;
  term: number;
}

export interface MeMeeting {
  council: Id;
  meeting: Id;
  kind: MeetingKind;
  sitting: number;
  title: string;
  starts_at: number;
  state: MeetingState;
  rehearsal?: boolean;
}

export interface ViewMe {
  kind: string;
  id?: Id;
  name?: string;
  login?: string;
  grants: MeGrant[];
  councils: MeCouncil[];
  meetings: MeMeeting[];
  office?: Office;
  council?: Id;
  meeting?: Id;
  device?: KioskRole;
  approved?: boolean;
  setup_needed?: boolean;
}

export interface DeskBody {
  body: Id;
  kind: BodyKind;
  name: string;
}

export interface DeskMeeting {
  meeting: Id;
  kind: MeetingKind;
  sitting: number;
  title: string;
  starts_at: number;
  state: MeetingState;
  rehearsal?: boolean;
}

export interface DeskPack {
  pack: Id;
  uuid: Id;
  letter: string;
  printed: number;
  state: string;
}

export interface DeskCouncil {
  council: Id;
  name: string;
  term: number;
  rules: CouncilRules;
  members: number;
  meetings: DeskMeeting[];
  packs: DeskPack[];
}

export interface DeskStaff {
  staff: Id;
  login: string;
  name: string;
  roles: Role[];
}

export interface DeskKiosk {
  kiosk: Id;
  name: string;
  role: KioskRole;
  state: KioskState;
  words: string;
  online?: boolean;
  since?: number;
  doing?: string;
  waiting?: number;
  clock_ms?: number;
  version?: string;
}

export interface ViewDesk {
  body: Id;
  parent?: Id;
  kind: BodyKind;
  name: string;
  below: DeskBody[];
  councils: DeskCouncil[];
  staff: DeskStaff[];
  kiosks: DeskKiosk[];
  may: string[];
}

export interface RosterMember {
  member: Id;
  seat: number;
  name?: string;
  sex?: Sex;
  grade?: number;
  erased?: boolean;
}

export interface RosterWaiting {
  staff: Id;
  name: string;
  members: Id[];
  reason: string;
}

export interface RosterReading {
  name: string;
  first?: string;
  rows: number;
  reason: string;
  at: number;
}

export interface ViewRoster {
  council: Id;
  name: string;
  rows: RosterMember[];
  open_until?: number;
  waiting?: RosterWaiting;
  readings: RosterReading[];
  readings_all: number;
  may: string[];
}

export interface ShownItem {
  number: number;
  title: string;
  minutes: number;
  origin: Origin;
  child?: string;
}

export interface ConsoleSeat {
  member: Id;
  seat: number;
  here?: boolean;
  excused?: boolean;
}

export interface ShownSpeaker {
  seat: number;
  side: Side;
  spoken: number;
}

export interface ShownSpeech {
  seat: number;
  side: Side;
  since: number;
  seconds: number;
}

export interface ShownTimer {
  since: number;
  seconds: number;
}

export interface ShownStage {
  asked: Show;
  show: Show;
  step: number;
  motion?: Id;
  poll?: Id;
}

export interface ShownMotion {
  motion: Id;
  item: number;
  title: string;
  text: string;
  child?: string;
  origin: Origin;
  state: MotionState;
  minority: number;
  minority_due?: boolean;
  decision?: string;
  lead?: string;
  support?: string;
  due_on?: string;
}

export interface Displacement {
  option: number;
  by: number;
  tag: string;
}

export interface RuleVerdict {
  outcome: Outcome;
  base_count: number;
  needed: number;
  turnout_needed: number;
  elected: number[];
  tied: number[];
  open_seats: number;
  displaced: Displacement[];
}

export interface ShownVote {
  vote: Id;
  item: number;
  motion?: Id;
  group: Group;
  named?: boolean;
  question: string;
  for_count: number;
  against: number;
  abstain: number;
  present: number;
  verdict: RuleVerdict;
}

export interface ConsoleKiosk {
  kiosk: Id;
  name: string;
  role: KioskRole;
  online?: boolean;
  since: number;
  state: string;
  waiting: number;
  clock: string;
}

export interface ConsoleKeepers {
  round: number;
  threshold: number;
  stations: Id[];
  given: number[];
  state: KeepersState;
  single?: boolean;
}

export interface ShownOption {
  number: number;
  text: string;
  tag?: string;
}

export interface ConsoleBooth {
  kiosk: Id;
  name: string;
  acked?: boolean;
  zero?: boolean;
  stated?: boolean;
  given_up?: boolean;
  k_signed?: boolean;
  released: number;
}

export interface ConsoleWaiting {
  act: Act;
  kiosk?: Id;
}

export interface Difference {
  code: string;
  left: number;
  right: number;
}

export interface ConsoleBalance {
  cast: number;
  voided: number;
  audited: number;
  conflicts: number;
  differences: Difference[];
  accepted?: boolean;
}

export interface ShownLot {
  tied: number[];
  drawn: number[];
}

export interface ShownResult {
  cast: number;
  valid: number;
  blank: number;
  counts: number[];
  verdict: RuleVerdict;
  lots: ShownLot[];
  notes: string[];
}

export interface ConsolePoll {
  poll: Id;
  item: number;
  motion?: Id;
  question: string;
  method: Method;
  band: Band;
  min: number;
  max: number;
  per_option: number;
  blank?: boolean;
  options: ShownOption[];
  rule: PassRule;
  info?: InfoCard;
  state: PollState;
  hold?: Hold;
  clips_missing: number;
  free_flow?: boolean;
  two_persons?: boolean;
  not_before: number;
  uuid?: Id;
  letter?: string;
  words?: string;
  members: number;
  present: number;
  entitled: number;
  turnout?: number;
  booths: ConsoleBooth[];
  zero_seen: number;
  waiting: ConsoleWaiting[];
  paper?: PaperCounts;
  balance?: ConsoleBalance;
  k?: string;
  closing_words?: string;
  opened_by: number;
  keepers_needed: number;
  result?: ShownResult;
  notice_until?: string;
  final?: boolean;
  complaints: number;
  complaints_open: number;
  warnings: string[];
  may: string[];
}

export interface ConsoleNext {
  cmd: string;
  poll?: Id;
  motion?: Id;
  item?: number;
  waits?: string;
}

export interface ViewConsole {
  council: Id;
  meeting: Id;
  name: string;
  title: string;
  place: string;
  kind: MeetingKind;
  sitting: number;
  state: MeetingState;
  rehearsal?: boolean;
  starts_at: number;
  minutes: number;
  item: number;
  items: ShownItem[];
  members: number;
  present: number;
  excused: number;
  quorum: number;
  quorum_met: boolean;
  observers: number;
  guests: number;
  guardians: number;
  seats: ConsoleSeat[];
  queue: ShownSpeaker[];
  speech?: ShownSpeech;
  timer?: ShownTimer;
  stage: ShownStage;
  motions: ShownMotion[];
  votes: ShownVote[];
  packs: DeskPack[];
  kiosks: ConsoleKiosk[];
  keepers?: ConsoleKeepers;
  polls: ConsolePoll[];
  next?: ConsoleNext;
  may: string[];
}

export interface TextRow {
  text: Id;
  part: TextPart;
  number: number;
  poll?: Id;
  motion?: Id;
  band?: Band;
  shown: string;
  approved?: boolean;
  pinyin: string[];
  clip?: Id;
  voice?: Voice;
  note?: string;
  fixed?: boolean;
}

export interface ViewTexts {
  council: Id;
  meeting: Id;
  texts: TextRow[];
  may: string[];
}

export interface WallPoll {
  poll: Id;
  question: string;
  method: Method;
  max: number;
  options: ShownOption[];
  rule: PassRule;
  state: PollState;
  hold?: Hold;
  uuid?: Id;
  entitled: number;
  turnout?: number;
  booths: number;
  zero: number;
  zero_seen: number;
  words?: string;
  closing_words?: string;
  opened_by: number;
  keepers_needed: number;
  result?: ShownResult;
  notice_until?: string;
  final?: boolean;
}

export interface ViewScreen {
  council: Id;
  meeting: Id;
  name: string;
  title: string;
  state: MeetingState;
  rehearsal?: boolean;
  item: number;
  items: ShownItem[];
  members: number;
  present: number;
  quorum_met: boolean;
  motion?: ShownMotion;
  queue: ShownSpeaker[];
  speech?: ShownSpeech;
  timer?: ShownTimer;
  stage: ShownStage;
  poll?: WallPoll;
  minority_due: ShownMotion[];
  waiting: number;
  may: string[];
}

export interface PublicMeeting {
  meeting: Id;
  sitting: number;
  kind: MeetingKind;
  title: string;
  day: string;
  state: MeetingState;
}

export interface PublicPollRow {
  uuid: Id;
  meeting: Id;
  question: string;
  state: PollState;
}

export interface PublicDecision {
  title: string;
  text: string;
  lead: string;
  support: string;
  due_on: string;
}

export interface ViewPublicCouncil {
  council: Id;
  name: string;
  body: string;
  term: number;
  meetings: PublicMeeting[];
  polls: PublicPollRow[];
  decisions: PublicDecision[];
  items_children: number;
  items_all: number;
}

export interface ViewPublicPoll {
  uuid: Id;
  council: Id;
  meeting: Id;
  name: string;
  rehearsal?: boolean;
  question: string;
  method: Method;
  min: number;
  max: number;
  per_option: number;
  blank?: boolean;
  options: ShownOption[];
  rule: PassRule;
  info?: InfoCard;
  state: PollState;
  letter: string;
  printed: number;
  phi: string;
  words: string;
  server_key: string;
  entitled: number;
  k?: string;
  closing_words?: string;
  k_signature?: string;
  paper?: PaperCounts;
  balance?: ConsoleBalance;
  result?: ShownResult;
  notice_until?: string;
  final?: boolean;
}

export interface PublicHouse {
  council: Id;
  name: string;
  body: string;
  term: number;
  meetings: number;
  results: number;
  last_day?: string;
}

export interface ViewPublicHome {
  councils: PublicHouse[];
}

export interface PublicReceipt {
  pictures: number[];
  code: string;
}

export interface PublicSlip {
  pictures: number[];
}

export interface ViewPublicReceipts {
  uuid: Id;
  counted: PublicReceipt[];
  refused: string[];
  voided: PublicSlip[];
  audited: PublicSlip[];
}

export interface EvBodyAdded {
  body: Id;
  parent?: Id;
  kind: BodyKind;
  name: string;
}

export interface EvCouncilAdded {
  council: Id;
  body: Id;
  name: string;
  term: number;
  rules: CouncilRules;
}

export interface EvCouncilRulesSet {
  council: Id;
  rules: CouncilRules;
}

export interface EvStaffAdded {
  staff: Id;
  login: string;
  name: ContentRef;
}

export interface EvStaffGranted {
  staff: Id;
  body: Id;
  role: Role;
}

export interface EvStaffRevoked {
  staff: Id;
  body: Id;
  role: Role;
}

export interface EvStaffPassphraseSet {
  staff: Id;
}

export interface EvKioskRequested {
  kiosk: Id;
  key: string;
  role: KioskRole;
  name: string;
}

export interface EvKioskApproved {
  kiosk: Id;
  body: Id;
}

export interface EvKioskRevoked {
  kiosk: Id;
}

export interface MemberRow {
  member: Id;
  seat: number;
  row: ContentRef;
}

export interface EvRosterImported {
  rows: MemberRow[];
}

export interface EvMemberRemoved {
  member: Id;
}

export interface EvRosterRead {
  by: Id;
  first?: Id;
  members: Id[];
  rows: number;
  reason: ContentRef;
}

export interface EvActProposed {
  act: Act;
  by: Id;
  subject: Id;
  kiosk?: Id;
  reason?: ContentRef;
  differences: Difference[];
  members: Id[];
  drawn: number[];
}

export interface EvContentErased {
  content: Id;
  reason: string;
  first?: Id;
}

export interface AgendaItem {
  title: ContentRef;
  minutes: number;
  origin: Origin;
  child?: ContentRef;
}

export interface EvMeetingCreated {
  meeting: Id;
  kind: MeetingKind;
  sitting: number;
  title: ContentRef;
  place: ContentRef;
  starts_at: number;
  minutes: number;
  items: AgendaItem[];
  rehearsal?: boolean;
}

export interface EvMeetingChanged {
  meeting: Id;
  title: ContentRef;
  place: ContentRef;
  starts_at: number;
  minutes: number;
  items: AgendaItem[];
}

export interface EvMeetingOpened {
  meeting: Id;
  members: number;
  present: number;
  quorum: number;
}

export interface EvMeetingClosed {
  meeting: Id;
  present: number;
}

export interface EvItemCalled {
  meeting: Id;
  item: number;
}

export interface EvItemNoted {
  meeting: Id;
  item: number;
  text: ContentRef;
}

export interface EvOfficeGranted {
  meeting: Id;
  card: Id;
  office?: Office;
  hash: string;
}

export interface EvAttendanceArrived {
  meeting: Id;
  members: Id[];
}

export interface EvAttendanceLeft {
  meeting: Id;
  members: Id[];
}

export interface EvAttendanceExcused {
  meeting: Id;
  members: Id[];
}

export interface EvAttendanceGuests {
  meeting: Id;
  observers: number;
  guests: number;
  guardians: number;
}

export interface EvQueueMoved {
  meeting: Id;
  seat: number;
  place: number;
}

export interface EvMotionPut {
  motion: Id;
  meeting: Id;
  item: number;
  title: ContentRef;
  text: ContentRef;
  origin: Origin;
  child?: ContentRef;
}

export interface EvMotionWithdrawn {
  motion: Id;
}

export interface EvMotionMinority {
  motion: Id;
  text: ContentRef;
}

export interface EvMotionDecided {
  motion: Id;
  text: ContentRef;
  lead: string;
  support: string;
  due_days: number;
  due_on: string;
}

export interface EvHandsRecorded {
  vote: Id;
  meeting: Id;
  item: number;
  motion?: Id;
  group: Group;
  question: ContentRef;
  members: number;
  present: number;
  for_count: number;
  against: number;
  abstain: number;
  rule: PassRule;
  verdict: RuleVerdict;
}

export interface EvNamedRecorded {
  vote: Id;
  meeting: Id;
  item: number;
  motion?: Id;
  question: ContentRef;
  votes: ContentRef;
  members: number;
  present: number;
  for_count: number;
  against: number;
  abstain: number;
  rule: PassRule;
  verdict: RuleVerdict;
}

export interface EvTextApproved {
  text: Id;
  pinyin: ContentRef;
  note?: string;
}

export interface EvTextVoiced {
  text: Id;
  clip: ContentRef;
  voice: Voice;
}

export interface EvPackRegistered {
  pack: Id;
  uuid: Id;
  kiosk: Id;
  letter: string;
  printed: number;
  list: string;
  signature: string;
}

export interface EvKeepersStarted {
  meeting: Id;
  round: number;
  threshold: number;
  stations: Id[];
}

export interface EvKeeperStepped {
  meeting: Id;
  round: number;
  index: number;
  step: KeeperStep;
  record: string;
}

export interface EvKeepersAborted {
  meeting: Id;
  round: number;
  index: number;
}

export interface EvKeepersJoined {
  meeting: Id;
  round: number;
  trustees: string;
  ceremony: string;
}

export interface OptionRef {
  text: ContentRef;
  tag?: string;
}

export interface InfoRef {
  asked: ContentRef;
  decides: ContentRef;
  can_change: ContentRef;
  answer_by: ContentRef;
}

export interface EvPollCreated {
  poll: Id;
  meeting: Id;
  item: number;
  motion?: Id;
  question: ContentRef;
  method: Method;
  min: number;
  max: number;
  per_option: number;
  blank?: boolean;
  options: OptionRef[];
  rule: PassRule;
  info: InfoRef;
  free_flow?: boolean;
  two_persons?: boolean;
  not_before: number;
  min_tally: number;
  band?: Band;
}

export interface EvPollPrepared {
  poll: Id;
  pack: Id;
  uuid: Id;
  election: string;
  phi: string;
  setup: string;
  presentation: string;
  package: string;
  signature: string;
  not_before: number;
  not_after: number;
  booths: Id[];
}

export interface EvPollBoothsSet {
  poll: Id;
  booths: Id[];
}

export interface EvPackageAcked {
  poll: Id;
  kiosk: Id;
  zero?: string;
}

export interface EvPollZeroSeen {
  poll: Id;
  by: Id;
}

export interface EvPollOpened {
  poll: Id;
  members: number;
  present: number;
  entitled: number;
  first?: Id;
}

export interface EvPollTurnout {
  poll: Id;
  cast: number;
  voided: number;
  audited: number;
  conflicts: number;
  set: string;
}

export interface EvPollHeld {
  poll: Id;
  hold: Hold;
}

export interface EvPollClosing {
  poll: Id;
  present: number;
}

export interface EvBoothStated {
  poll: Id;
  kiosk: Id;
  sealed: number;
  opened: number;
  voided: number;
  set: string;
  signature: string;
}

export interface EvBoothGivenUp {
  poll: Id;
  kiosk: Id;
  first: Id;
  reason: ContentRef;
  waiting: number;
}

export interface EvPollPaperCounted {
  poll: Id;
  counts: PaperCounts;
}

export interface EvPollDifferenceAccepted {
  poll: Id;
  first: Id;
  second: Id;
  reason: ContentRef;
  differences: Difference[];
}

export interface EvPollClosed {
  poll: Id;
  k: string;
  statement: string;
  signature: string;
  encrypted_tally: string;
  sized: string;
  cast: number;
  voided: number;
  audited: number;
  conflicts: number;
  differences: Difference[];
}

export interface EvClosingSigned {
  poll: Id;
  kiosk: Id;
  signature: string;
}

export interface EvPollPartialGiven {
  poll: Id;
  owner: number;
  record: string;
}

export interface EvPollTallied {
  poll: Id;
  result: string;
  counts: number[];
  blank: number;
  valid: number;
  verdict: RuleVerdict;
}

export interface Lot {
  tied: number[];
  drawn: number[];
  first: Id;
  second: Id;
}

export interface EvPollLotDrawn {
  poll: Id;
  lot: Lot;
  verdict: RuleVerdict;
  final?: boolean;
  notice_until?: string;
}

export interface EvPollPublished {
  poll: Id;
  final?: boolean;
  notice_until?: string;
}

export interface EvPollComplained {
  poll: Id;
  complaint: number;
  text: ContentRef;
}

export interface EvPollAnswered {
  poll: Id;
  complaint: number;
  text: ContentRef;
}

export interface EvPollFinalised {
  poll: Id;
}

export interface EvPollVoided {
  poll: Id;
  reason: ContentRef;
}

export interface Commands {
  'hello': CmdHello;
  'login': CmdLogin;
  'login.resume': CmdLoginResume;
  'logout': CmdLogout;
  'card.login': CmdCardLogin;
  'kiosk.hello': CmdKioskHello;
  'kiosk.prove': CmdKioskProve;
  'subscribe': CmdSubscribe;
  'unsubscribe': CmdUnsubscribe;
  'kiosk.status': CmdKioskStatus;
  'kiosk.release': CmdKioskRelease;
  'setup': CmdSetup;
  'body.add': CmdBodyAdd;
  'council.add': CmdCouncilAdd;
  'council.rules': CmdCouncilRules;
  'staff.add': CmdStaffAdd;
  'staff.grant': CmdStaffGrant;
  'staff.revoke': CmdStaffRevoke;
  'staff.passphrase': CmdStaffPassphrase;
  'kiosk.request': CmdKioskRequest;
  'kiosk.approve': CmdKioskApprove;
  'kiosk.revoke': CmdKioskRevoke;
  'roster.import': CmdRosterImport;
  'roster.check': CmdRosterCheck;
  'roster.read': CmdRosterRead;
  'member.remove': CmdMemberRemove;
  'content.erase': CmdContentErase;
  'meeting.create': CmdMeetingCreate;
  'meeting.change': CmdMeetingChange;
  'meeting.open': CmdMeetingOpen;
  'meeting.close': CmdMeetingClose;
  'meeting.item': CmdMeetingItem;
  'item.note': CmdItemNote;
  'office.grant': CmdOfficeGrant;
  'attendance.arrive': CmdAttendanceArrive;
  'attendance.leave': CmdAttendanceLeave;
  'attendance.excuse': CmdAttendanceExcuse;
  'attendance.guests': CmdAttendanceGuests;
  'queue.join': CmdQueueJoin;
  'queue.next': CmdQueueNext;
  'queue.move': CmdQueueMove;
  'queue.leave': CmdQueueLeave;
  'timer.set': CmdTimerSet;
  'screen.show': CmdScreenShow;
  'motion.put': CmdMotionPut;
  'motion.withdraw': CmdMotionWithdraw;
  'motion.minority': CmdMotionMinority;
  'motion.decide': CmdMotionDecide;
  'hands.record': CmdHandsRecord;
  'named.record': CmdNamedRecord;
  'text.pinyin': CmdTextPinyin;
  'text.clip': CmdTextClip;
  'pack.register': CmdPackRegister;
  'keepers.start': CmdKeepersStart;
  'keeper.step': CmdKeeperStep;
  'poll.create': CmdPollCreate;
  'poll.prepare': CmdPollPrepare;
  'package.ack': CmdPackageAck;
  'poll.zero': CmdPollZero;
  'poll.open': CmdPollOpen;
  'poll.hold': CmdPollHold;
  'poll.close': CmdPollClose;
  'booth.statement': CmdBoothStatement;
  'booth.give_up': CmdBoothGiveUp;
  'poll.paper': CmdPollPaper;
  'poll.accept_difference': CmdPollAcceptDifference;
  'poll.finish': CmdPollFinish;
  'closing.sign': CmdClosingSign;
  'poll.partial': CmdPollPartial;
  'poll.tally': CmdPollTally;
  'poll.lot': CmdPollLot;
  'poll.publish': CmdPollPublish;
  'poll.complain': CmdPollComplain;
  'poll.answer': CmdPollAnswer;
  'poll.finalise': CmdPollFinalise;
  'poll.void': CmdPollVoid;
  'slip.cast': CmdSlipCast;
  'slip.void': CmdSlipVoid;
  'slip.audit': CmdSlipAudit;
}

export interface Views {
  'booth': ViewBooth;
  'package': ViewPackage;
  'clip': ViewClip;
  'keeper': ViewKeeper;
  'me': ViewMe;
  'desk': ViewDesk;
  'roster': ViewRoster;
  'console': ViewConsole;
  'texts': ViewTexts;
  'screen': ViewScreen;
  'public.council': ViewPublicCouncil;
  'public.poll': ViewPublicPoll;
  'public.home': ViewPublicHome;
  'public.receipts': ViewPublicReceipts;
}

export interface CommandFrame<C extends keyof Commands = keyof Commands> {
  v: 1;
  id: Id;
  cmd: C;
  body: Commands[C];
}

export interface Reject {
  code: string;
  path?: string;
  params?: Record<string, string>;
}

export type ReplyFrame =
  | { re: Id; ok: Reply; seq?: number }
  | { re?: Id; err: Reject };

export interface ViewFrame<V extends keyof Views = keyof Views> {
  view: V;
  key: string;
  ver: number;
  body: Views[V] | null;
}
