// The 64 pictures of receipts, three to a slip (docs/ballot.md). Place in the table = number in the
// protocol: slips are printed with them, so no entry is ever moved or replaced by another thing.
// Their names stand in the common sentences (pictures.N), their sounds in pictures.pinyin.json.
// Drawings: Twemoji, (c) Twitter, Inc and contributors, CC BY 4.0.
import cat from '@twemoji/svg/1f431.svg'
import dog from '@twemoji/svg/1f436.svg'
import rabbit from '@twemoji/svg/1f430.svg'
import panda from '@twemoji/svg/1f43c.svg'
import tiger from '@twemoji/svg/1f42f.svg'
import lion from '@twemoji/svg/1f981.svg'
import cow from '@twemoji/svg/1f42e.svg'
import pig from '@twemoji/svg/1f437.svg'
import monkey from '@twemoji/svg/1f435.svg'
import duck from '@twemoji/svg/1f986.svg'
import penguin from '@twemoji/svg/1f427.svg'
import frog from '@twemoji/svg/1f438.svg'
import turtle from '@twemoji/svg/1f422.svg'
import elephant from '@twemoji/svg/1f418.svg'
import giraffe from '@twemoji/svg/1f992.svg'
import horse from '@twemoji/svg/1f40e.svg'
import fish from '@twemoji/svg/1f420.svg'
import whale from '@twemoji/svg/1f433.svg'
import crab from '@twemoji/svg/1f980.svg'
import butterfly from '@twemoji/svg/1f98b.svg'
import bee from '@twemoji/svg/1f41d.svg'
import snail from '@twemoji/svg/1f40c.svg'
import ladybird from '@twemoji/svg/1f41e.svg'
import dinosaur from '@twemoji/svg/1f995.svg'
import apple from '@twemoji/svg/1f34e.svg'
import banana from '@twemoji/svg/1f34c.svg'
import grapes from '@twemoji/svg/1f347.svg'
import watermelon from '@twemoji/svg/1f349.svg'
import strawberry from '@twemoji/svg/1f353.svg'
import pineapple from '@twemoji/svg/1f34d.svg'
import cherries from '@twemoji/svg/1f352.svg'
import carrot from '@twemoji/svg/1f955.svg'
import maize from '@twemoji/svg/1f33d.svg'
import mushroom from '@twemoji/svg/1f344.svg'
import bread from '@twemoji/svg/1f35e.svg'
import cake from '@twemoji/svg/1f382.svg'
import iceCream from '@twemoji/svg/1f366.svg'
import sweet from '@twemoji/svg/1f36c.svg'
import sun from '@twemoji/svg/2600.svg'
import moon from '@twemoji/svg/1f319.svg'
import star from '@twemoji/svg/2b50.svg'
import rainbow from '@twemoji/svg/1f308.svg'
import snowman from '@twemoji/svg/26c4.svg'
import umbrella from '@twemoji/svg/2602.svg'
import sunflower from '@twemoji/svg/1f33b.svg'
import tree from '@twemoji/svg/1f333.svg'
import cactus from '@twemoji/svg/1f335.svg'
import house from '@twemoji/svg/1f3e0.svg'
import car from '@twemoji/svg/1f697.svg'
import train from '@twemoji/svg/1f682.svg'
import plane from '@twemoji/svg/2708.svg'
import sailingBoat from '@twemoji/svg/26f5.svg'
import bicycle from '@twemoji/svg/1f6b2.svg'
import rocket from '@twemoji/svg/1f680.svg'
import football from '@twemoji/svg/26bd.svg'
import balloon from '@twemoji/svg/1f388.svg'
import kite from '@twemoji/svg/1fa81.svg'
import book from '@twemoji/svg/1f4d5.svg'
import pencil from '@twemoji/svg/270f.svg'
import key from '@twemoji/svg/1f511.svg'
import alarmClock from '@twemoji/svg/23f0.svg'
import drum from '@twemoji/svg/1f941.svg'
import bell from '@twemoji/svg/1f514.svg'
import present from '@twemoji/svg/1f381.svg'

/** Addresses of the drawings. */
export const pictures: readonly string[] = [
  cat,
  dog,
  rabbit,
  panda,
  tiger,
  lion,
  cow,
  pig,
  monkey,
  duck,
  penguin,
  frog,
  turtle,
  elephant,
  giraffe,
  horse,
  fish,
  whale,
  crab,
  butterfly,
  bee,
  snail,
  ladybird,
  dinosaur,
  apple,
  banana,
  grapes,
  watermelon,
  strawberry,
  pineapple,
  cherries,
  carrot,
  maize,
  mushroom,
  bread,
  cake,
  iceCream,
  sweet,
  sun,
  moon,
  star,
  rainbow,
  snowman,
  umbrella,
  sunflower,
  tree,
  cactus,
  house,
  car,
  train,
  plane,
  sailingBoat,
  bicycle,
  rocket,
  football,
  balloon,
  kite,
  book,
  pencil,
  key,
  alarmClock,
  drum,
  bell,
  present,
]
