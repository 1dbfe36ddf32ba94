// Generated from kiosk/screen.def by ./dev gen.

export type Id = string;

export type ScreenName = 'welcome' | 'scan' | 'info' | 'question' | 'sealing' | 'review' | 'thanks' | 'audit' | 'staff' | 'take_back' | 'notice' | 'help';

export type Band = 'A' | 'B' | 'C';

export type Voice = 'machine' | 'human';

export type Method = 'yna' | 'one' | 'many' | 'dots';

export type Theme = 'warm' | 'light' | 'dark' | 'soft';

export type PinyinWish = 'band' | 'on' | 'off';

export type PageLanguage = 'page' | 'zh' | 'en';

export type TapAction = 'start' | 'next' | 'back' | 'choose' | 'clear' | 'blank' | 'edit' | 'cast' | 'done' | 'stay' | 'extend' | 'help' | 'resume' | 'decline' | 'release' | 'take_back';

export interface ScreenPoll {
  uuid: Id;
  title: string;
  letter: string;
  words: string;
}

export interface ScreenText {
  text: string;
  pinyin: string[];
  clip?: string;
  voice?: Voice;
}

export interface ScreenInfo {
  asked: ScreenText;
  decides: ScreenText;
  can_change: ScreenText;
  answer_by: ScreenText;
}

export interface ScreenOption {
  option: number;
  label: ScreenText;
  chosen: number;
  most: number;
}

export interface ScreenQuestion {
  number: number;
  of: number;
  label: ScreenText;
  method: Method;
  min: number;
  max: number;
  left: number;
  may_blank?: boolean;
  blank?: boolean;
  too_many?: boolean;
  too_few?: boolean;
  options: ScreenOption[];
}

export interface ScreenChosen {
  option: number;
  label: ScreenText;
  times: number;
}

export interface ScreenChoice {
  number: number;
  method: Method;
  label: ScreenText;
  chosen: ScreenChosen[];
}

export interface ScreenReceipt {
  pictures: number[];
  code: string;
  hash: string;
}

export interface ScreenAudit {
  uuid: Id;
  phi: string;
  credential: string;
  hash: string;
  ballot: string;
  opening: string;
}

export interface ScreenNotice {
  code: string;
  child: string;
  adult: string;
}

export interface ScreenSettings {
  band?: Band;
  size: number;
  theme: Theme;
  pinyin: PinyinWish;
  language: PageLanguage;
  left?: boolean;
  low?: boolean;
  still?: boolean;
  aloud?: boolean;
  curtain?: boolean;
  speed: number;
  volume: number;
  scanning: number;
}

export interface ScreenDevice {
  mm_width: number;
  mm_height: number;
  px_width: number;
  px_height: number;
}

export interface Screen {
  serial: number;
  name: ScreenName;
  kiosk: string;
  offline?: boolean;
  held?: boolean;
  rehearsal?: boolean;
  many_polls?: boolean;
  band?: Band;
  poll?: ScreenPoll;
  info?: ScreenInfo;
  question?: ScreenQuestion;
  review: ScreenChoice[];
  receipt?: ScreenReceipt;
  audit?: ScreenAudit;
  notice?: ScreenNotice;
  countdown?: number;
  count?: number;
  settings: ScreenSettings;
  device?: ScreenDevice;
  camera?: boolean;
  headphones?: boolean;
  may: TapAction[];
}

export interface Tap {
  serial: number;
  tap: TapAction;
  question?: number;
  option?: number;
}

export interface Scan {
  scan: string;
}

export interface Change {
  set: ScreenSettings;
}
