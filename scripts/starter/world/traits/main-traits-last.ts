import { lines } from '../list.ts'

/** Short, plain ways to tell those that are told most, and to ask for them. */
export const MAIN_TRAITS_LAST = {
  name: {
    told: lines(`
      My name's {v}.
      They call me {v}.
      Hello, I am {v}.
      Hi, I'm {v}.
      Hey, my name is {v}.
      It's {v} here.
      Please call me {v}.
      Just call me {v}.
      The name's {v}.
      Let me introduce myself: {v}.
      Good day, I am {v}.
      By the way, I'm {v}.
      For your information, my name is {v}.
      You are speaking with {v}.
    `),
    asked: lines(`
      What do people call me?
      Do you know who I am?
      Tell me who I am.
      What was my name again?
      Do you recall my name?
      What is my first name?
      Have you kept my name in mind?
      By what name do you know me?
    `),
  },
  city: {
    told: lines(`
      I'm living in {v}.
      I'm based in {v}.
      My home is {v}.
      My family lives in {v}.
      I have moved to {v}.
      I settled in {v}.
      I've lived in {v} for years.
      I live here in {v}.
      Right now I live in {v}.
      {v} is my city.
      The city I live in is {v}.
      My hometown is {v}.
      I am a resident of {v}.
      My address is in {v}.
      I rent a flat in {v}.
      I bought a house in {v}.
    `),
    asked: lines(`
      In what city do I live?
      What city am I from?
      Where do I come from?
      Where do I reside?
      Can you tell me where I live?
      What is my home city?
      Where am I based?
      What's my hometown?
      Do you recall where I live?
      In which place do I live?
    `),
  },
  colour: {
    told: lines(`
      I like {v}.
      I love {v}.
      I prefer {v}.
      My favourite is {v}.
      My best colour is {v}.
      {v} is my colour.
      {v} is the colour I love.
      I love the colour {v}.
      I like {v} best.
      I like {v} most of all colours.
      Of all colours I love {v}.
      The colour for me is {v}.
      I am a fan of {v}.
      I adore {v}.
      I am fond of the colour {v}.
      I always choose {v}.
      I always wear {v}.
      My room is {v}, as I love that colour.
      I painted my door {v}, my favourite colour.
      If I can choose a colour, I take {v}.
      When it comes to colours, I choose {v}.
      As for colours, {v} is mine.
      No colour beats {v}.
    `),
    asked: lines(`
      What's my favourite colour?
      What colour do I love?
      Which colour do I prefer?
      What is my colour?
      What colour is my favourite?
      Do you know my favourite colour?
      Tell me which colour I like.
      What is the colour I like best?
      Which colour did I name?
      What colour do I like most?
      Do you recall my favourite colour?
      What's the colour I love?
      Can you tell me my favourite colour?
      What colour do I always choose?
      Which colour is mine?
    `),
  },
  number: {
    told: lines(`
      {v} is my lucky number.
      I like the number {v}.
      I love the number {v}.
      I got number {v}.
      I drew the number {v}.
      Take {v} as my number.
      Use {v} as my number.
      Note my number: {v}.
      Keep my number: {v}.
      Save my number, {v}.
      Here is my number: {v}.
      Number: {v}.
      My number, by the way, is {v}.
      Please keep in mind the number {v}.
      The number I have is {v}.
      The number I chose is {v}.
      On my card stands the number {v}.
      The number of mine is {v}.
    `),
    asked: lines(`
      What's my number?
      What number is mine?
      Which number do I have?
      What was my number?
      Can you tell me my number?
      Do you recall my number?
      Which number did I choose?
      What number did I choose?
      What is the number I gave you?
      Which number did I give you?
      Give me my number.
    `),
  },
}
