import { lines } from '../list.ts'

/** All other ways to ask for what a made-up tool does: `{verb}` is what, `{thing}` to what. */
export const MADE_UP_REQUESTS_REST = lines(`
  {verb} that {thing}
  I need the {thing}, please {verb} it
  Somebody has to {verb} this {thing}
  Make sure to {verb} the {thing}
  You should {verb} the {thing}
  I was told to {verb} the {thing}
  Next, {verb} a {thing}
  Then {verb} the {thing}
  Let me {verb} a {thing}
  The {thing}: {verb} it
  Please go ahead and {verb} the {thing}
  Your job: {verb} the {thing}
  Any chance to {verb} a {thing}
  How about you {verb} the {thing}
  Can somebody {verb} a {thing}
  Can we {verb} the {thing}
  May I {verb} a {thing}
  I have to {verb} the {thing}
  I must {verb} a {thing}
  We need to {verb} the {thing}
  Who can {verb} the {thing}
  I hope you can {verb} the {thing}
  It would help to {verb} the {thing}
  The plan is to {verb} a {thing}
  You are to {verb} the {thing}
  Begin to {verb} the {thing}
  Why not {verb} a {thing}
  Just {verb} the {thing}
  Also {verb} the {thing}
  And now {verb} one {thing}
  Another {thing} to {verb}
  One {thing} to {verb}
  To {verb} the {thing} is what I want
  What I want is to {verb} a {thing}
  My boss asks you to {verb} the {thing}
  I am asking you to {verb} this {thing}
  Be quick and {verb} the {thing}
  Could we {verb} a {thing}
  All I need is to {verb} the {thing}
  Whoever can, {verb} the {thing}
`)
