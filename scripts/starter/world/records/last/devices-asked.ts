import { lines } from '../../list.ts'

/** Short, plain ways to ask for what texts about a device say. */
export const DEVICE_ASKED_LAST = {
  price: lines(`
    What is the cost of {s}?
    What is the retail price of {s}?
    What is the list price of {s}?
    What does {s} sell for?
    What does {s} retail for?
    What do I have to pay for {s}?
    How much do they want for {s}?
    How much money do I need for {s}?
    How much will {s} cost me?
    How much do people pay for {s}?
    At what price is {s} sold?
    For what price can I buy {s}?
    What is {s} priced at?
    What's the price tag on {s}?
    Tell me what {s} costs.
    I would like to know the price of {s}.
    Do you know how much {s} costs?
    What is its price?
    What's the price?
    What is the price tag?
    What is its retail price?
    What does one cost?
    What does it sell for?
    What does it go for?
    What is the asking price?
    How much is it?
    How much is one?
    How much do I have to pay?
    How much must be paid to buy it?
    How much does the shop charge?
    How high is the price?
    How expensive is it?
    At what price is it offered?
    Tell me its price.
    Name the price, please.
    State how much it costs.
    What amount of money does it cost?
  `),
  colour: lines(`
    What is the color of {s}?
    What color is {s}?
    What color does {s} have?
    What color does {s} come in?
    What colour is {s} painted?
    What colour is the case of {s}?
    What colour is the body of {s}?
    In which colour is {s} available?
    In what color can I buy {s}?
    Which color is {s}?
    Which colour was chosen for {s}?
    What finish colour does {s} have?
    Tell me the colour of {s}.
    Tell me what colour {s} is.
    I want to know the colour of {s}.
    Do you know the color of {s}?
    What tone is the paint on {s}?
    What colour is it?
    What's its color?
    Which colour is it?
    Which color does it have?
    What colour does it have?
    What colour is it painted?
    What color does it come in?
    What colour is the case?
    What colour is its housing?
    What is the colour?
    What shade is it?
    What hue does it have?
    In what colour is it available?
    In which color do they sell it?
    In which colour is it made?
    Tell me its colour.
    Name the colour, please.
    Say which colour it is.
    What colour can be ordered?
    What colour is its surface?
  `),
  weight: lines(`
    What is the total weight of {s}?
    What is the net weight of {s}?
    What does {s} weigh in kilograms?
    What mass does {s} have?
    What is the weight of {s} in kg?
    What weight is given for {s}?
    How much does {s} weigh in total?
    How much do you lift when you carry {s}?
    How many kilos does {s} weigh?
    How many kilograms is {s}?
    How heavy is {s} on the scales?
    At what weight does {s} tip the scales?
    Tell me the weight of {s}.
    Do you know how much {s} weighs?
    I need to know the weight of {s}.
    State the mass of {s}.
    How heavy is it?
    How much does it weigh?
    How many kilograms does it weigh?
    How many kilos is it?
    How many kg does it have?
    How great is its mass?
    What is the weight?
    What's its weight?
    What is its mass?
    What is its total weight?
    What weight does it have?
    What mass does it have?
    What does it weigh in kilos?
    What does the device weigh?
    What do the scales show?
    Which weight is listed?
    Tell me its weight.
    Name the weight, please.
  `),
  warranty: lines(`
    What is the warranty on {s}?
    What is the warranty period of {s}?
    What is the guarantee period for {s}?
    What warranty does {s} come with?
    What warranty does the maker give on {s}?
    How long is the warranty on {s}?
    How long is {s} guaranteed?
    How long does the warranty of {s} last?
    How long does the guarantee on {s} run?
    How long are repairs to {s} free?
    How many years of warranty does {s} have?
    How many years is {s} covered?
    How much warranty do I get with {s}?
    For how long is {s} covered by warranty?
    For how many years is {s} guaranteed?
    When does the warranty on {s} run out after purchase?
    Tell me the warranty of {s}.
    Tell me how long {s} is guaranteed.
    What is its warranty?
    What is the warranty period?
    What is the length of the warranty?
    What is the guarantee?
    What guarantee does it have?
    What warranty does it come with?
    What warranty does the manufacturer offer?
    How long is it under warranty?
    How long is the guarantee?
    How long is the warranty valid?
    How long does the warranty run?
    How long do I get free repairs?
    How many years of guarantee does it have?
    How many years does the warranty cover?
    For how long is it covered?
    After what time does the warranty expire?
    Tell me how long its warranty is.
    State the warranty term.
    Name the warranty period, please.
  `),
  designer: lines(`
    Who was the designer of {s}?
    Who created the design of {s}?
    Who made the design for {s}?
    Who drew {s}?
    Who styled {s}?
    Who came up with the look of {s}?
    Who is behind the design of {s}?
    Who did the design work for {s}?
    Who led the design of {s}?
    Who gave {s} its shape?
    What is the name of the designer of {s}?
    What is the name of the person who designed {s}?
    Which designer created {s}?
    To whom does {s} owe its design?
    Name the designer of {s}.
    Do you know who designed {s}?
    Who designed it?
    Who was it designed by?
    Who was the designer?
    Who is its designer?
    Who created its design?
    Who drew it?
    Who did the design?
    Who was hired to design it?
    Who styled it?
    Who gave it its form?
    Who thought up the design?
    What is the designer called?
    What is the designer's name?
    Which designer made it?
    Which person designed it?
    Whose design is it?
    By whom was it designed?
    Tell me the designer's name.
    Name its designer, please.
  `),
}
