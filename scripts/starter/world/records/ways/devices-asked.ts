import { lines } from '../../list.ts'

/** More ways to ask for it. */
export const DEVICE_ASKED = {
  price: lines(`
    Can you tell me how much {s} would set me back?
    According to the text, what amount buys {s}?
    What figure stands on the price label of {s}?
    How many dollars does {s} go for?
    Give the price at which {s} is offered.
    {s} sells at what price?
    Please look up what customers pay for {s}.
    What would the bill for {s} come to?
    I want to purchase {s}; what will it cost me?
    At what price can {s} be bought?
    How many dollars must be handed over for {s}?
    Is a price mentioned for {s}, and if so, what?
    Let me know the amount charged for {s}.
    What is the retail price given for {s}?
    How costly is {s}?
    The price of {s}?
    Say for how many dollars {s} is on sale.
    Price?
    Cost in dollars?
    What amount of money is asked for it?
    How dear is it to buy?
    What does the seller want to be paid?
    How many dollars should I bring to the shop?
    Quote its price.
    Which price does the text mention?
    What will I be charged at the till?
    How big a hole does it leave in the purse?
    Write down the sum that has to be paid.
    Its price in the shops, please.
    How much would a customer spend on buying one?
  `),
  colour: lines(`
    Can you say which colour {s} comes in?
    According to the text, what is the colour of {s}?
    {s} has what colour?
    Give the colour of {s}.
    Please describe the colour of {s}.
    What hue does {s} have?
    Is {s} red, blue, green or some other colour?
    What shade is {s}?
    In what colour is the case of {s} painted?
    Which paint colour covers {s}?
    I would like to know the colour of {s}.
    What color does the text mention for {s}?
    Someone who sees {s} notices what colour?
    Write down the colour that {s} has.
    With paint of which colour is {s} finished?
    The colour of {s}?
    Name the color in which {s} is made.
    Colour?
    What color, please?
    Which colour is given in the text?
    Let me know its colour.
    What colour has it been given?
    What tint has its surface?
    What colour would I see on a photo of it?
    In which shade was it painted?
    Does it say what colour it is?
    Which pot of paint did the makers use?
    What is the colour called that it has?
    Look up the color of this thing.
    By what colour can one recognise it?
  `),
  weight: lines(`
    Can you tell me what {s} weighs?
    According to the text, how many kg is {s}?
    {s} weighs how much?
    Give the weight of {s} in kilos.
    Please look up how many kilograms {s} has.
    What figure in kg is stated for {s}?
    How many kg would I carry if I lifted {s}?
    What does a scale read with {s} on it?
    If you put {s} on a scale, what would it say?
    Is {s} heavy or light, and how much exactly?
    Let me know the number of kilograms for {s}.
    What is the mass of {s}?
    To lift {s}, how many kilos have to be raised?
    Which number of kilograms does {s} bring to the scales?
    I need the weight of {s} for the transport.
    The weight of {s}?
    How weighty is {s}?
    Weight?
    Weight in kg?
    How many kilos does it come to?
    Say how heavy it is.
    Its mass in kilograms, please.
    What weight is printed in the text?
    How much load would it put on a floor?
    How many kilograms were weighed?
    Write down what it weighs.
    Does the text give a weight, and which?
    How many kg would a mover have to carry?
    With how many kilos does it press on the ground?
    How many kilos would a crane have to lift?
  `),
  warranty: lines(`
    Can you say for how many years {s} has a warranty?
    According to the text, how long does the guarantee on {s} hold?
    {s} comes with a warranty of how many years?
    Give the warranty period of {s}.
    Please look up the warranty time for {s}.
    What guarantee do buyers get with {s}?
    Until when after purchase is {s} covered by warranty?
    If {s} breaks, for how many years is it repaired free?
    How long will the maker repair {s} for free?
    For what period is {s} guaranteed?
    Let me know how many years of guarantee {s} carries.
    How many years does the maker stand behind {s}?
    During how many years is {s} protected by its warranty?
    I bought {s}; how long can I claim the warranty?
    Write down the warranty term of {s}.
    The warranty on {s}?
    What length of guarantee is promised for {s}?
    Warranty?
    Guarantee in years?
    How long is it guaranteed?
    Over how many years does the warranty stretch?
    When does the guarantee run out?
    What warranty period is mentioned in the text?
    Say how long the guarantee lasts.
    How many years pass before the warranty expires?
    For how long are free repairs promised?
    How long may a faulty one be sent back?
    What is the duration of its warranty?
    Which guarantee does the maker offer?
    Length of the warranty, please.
  `),
  designer: lines(`
    Can you tell me the name of the designer of {s}?
    According to the text, who came up with the design for {s}?
    {s} was designed by whom?
    Give the name of the person behind the design of {s}.
    Please look up who created the design of {s}.
    Who is responsible for how {s} is designed?
    From whose pen come the drawings for {s}?
    Which man or woman designed {s}?
    Who sketched {s} before it was built?
    Let me know which designer made {s}.
    To whom do we owe the design of {s}?
    Who shaped {s}?
    Whose idea was the design of {s}?
    In whose head was {s} first invented?
    I want to know who invented {s}.
    The designer of {s}?
    Who can call {s} his or her own design?
    Designer?
    Designed by whom?
    Who acted as its designer?
    Whose name stands under the design drawings?
    Say by whom it was designed.
    Who sat at the drawing board for it?
    Which person drew up the plans?
    Write down the designer's name.
    Whom does the text name as designer?
    Who is credited with the design?
    Is the designer mentioned, and who is it?
    Who planned how it should be made?
    What is the person called who designed it?
  `),
}
