import { lines } from '../../list.ts'

/** More ways to say what texts about it say. */
export const DEVICE_SAID = {
  price: lines(`
    {v} is the price printed on the label.
    {v} buys you one of these.
    {v} at the till, and {s} is yours.
    {v} will leave your purse if you choose {s}.
    {v} was the amount on my bill for it.
    {v} seems a fair price to most customers.
    {v} each, no discount given.
    {v} in cash gets you {s}.
    {v} is how much money you need to own {s}.
    {v} is the going rate for this model.
    {v}, says the seller, and not a cent less.
    {v} per piece is the current list price.
    {v} is all the dealer wants in return for {s}.
    {v} was spent by my neighbour when she bought {s}.
    {v} stands in the catalogue as its cost.
    {v} changes hands whenever {s} is sold.
    {v} would be enough money to order one.
    {v} is what you will find on the receipt for {s}.
    {v} is too expensive, some customers complain.
    {v} must be saved up before you can afford it.
    You need {v} in your wallet to take {s} home.
    I paid {v} for mine last week.
    Whoever wants {s} should have {v} ready to spend.
    At {v} apiece, it is not thought to be cheap.
    The seller let me have it for {v} and no more.
    Anyone with {v} to spend can afford {s}.
    For just {v} you can become the owner of {s}.
    Only after {v} has been paid does the shop hand {s} over.
    Price: {v} including delivery.
    My aunt gave {v} for hers and found it a bargain.
    Spending {v} on {s} is no small matter.
    A bill of {v} is handed to every customer.
    With {v} in your pocket you could buy it today.
    There is a price of {v} on the sticker.
    Stores want {v} before they let {s} go.
    The amount of {v} is due when ordering {s}.
    One pays around {v} for a new one.
    If you think {v} is too dear, do not buy {s}.
    It can be bought at {v} from any dealer.
    The sum of {v} appears on the invoice for it.
    Price: {v}.
    What you pay for {s} is {v}.
    Cost of {s}: {v}.
    The cashier will ask you for {v}.
    My wallet was lighter afterwards by {v}.
    Shops have valued {s} at {v}.
    The asking price is {v}.
    Nobody gets {s} for less than {v}.
    Its price has been fixed at {v}.
    Expect to spend {v}.
    The amount needed to purchase {s} is {v}.
    If you buy {s}, you will be charged {v}.
    How much is it? Exactly {v}.
    In the catalogue its cost is listed as {v}.
    The retail price stands at {v}.
    To own {s} you must part with {v}.
    On the price list next to {s} we read {v}.
    Our bill came to {v}.
    It sets a customer back {v}.
    Owners say they got it for {v}.
  `),
  colour: lines(`
    {v} is the colour you see on the case.
    {v} was picked as the shade for {s}.
    {v} paint covers the whole body.
    {v} is the hue the buyers like so much.
    {v} from top to bottom, {s} is easy to spot.
    {v} in colour, it stands out on the shelf.
    {v} all around, that is how {s} looks.
    {v} is the only shade you can order.
    {v} is its tone, both in front and behind.
    {v} coating protects {s} from scratches.
    {v} lacquer was used on the surface.
    {v} is how its outer shell appears to the eye.
    {v} was the shade that the painters gave to {s}.
    {v} to look at, it fits well into any room.
    {v} may not be everyone's favourite colour, but {s} has it.
    {v} gleams in the sun when {s} stands outside.
    {v} things please my wife, so she chose {s} for its look.
    {v} is the colour named in the catalogue.
    {v} housing, plain and without stripes.
    {v} and nothing else is what meets the eye.
    Colour: {v}, with no other choice.
    Look for the {v} object on the shelf; that is {s}.
    A coat of {v} paint was put on it at the factory.
    The {v} surface of {s} is pleasant to look at.
    I wanted a different shade, but {v} was all they had.
    You will recognise {s} by its {v} body.
    There is {v} paint on every side of it.
    Its {v} shell can be seen from far away.
    In daylight the {v} tone of {s} looks rather fine.
    Owners like how the {v} colour suits their walls.
    Anyone who loves {v} things will enjoy looking at {s}.
    The factory uses {v} lacquer for the casing.
    Because of its {v} look, {s} is easily found.
    One cannot miss the {v} cover.
    Pictures of {s} show a {v} body.
    They gave it a {v} coat before it left the factory.
    Seen from any side, a {v} case is what you notice.
    The shade called {v} was selected by the makers of {s}.
    Customers describe a {v} exterior without any pattern.
    Mine is the {v} sort, since no other shade exists.
    Colour: {v}.
    The shade of {s} is {v}.
    Its casing has been painted {v}.
    To the eye, {s} appears {v}.
    On every photo {s} looks {v}.
    The hue of the surface is {v}.
    What you see first is a body in {v}.
    The painters at the factory coloured {s} {v}.
    Both the front and the back are {v}.
    The only shade available for {s} is {v}.
    Its shell was dyed {v}.
    If you like colours, note that this one is {v}.
    The case around {s} shines in {v}.
    My neighbour calls its shade a lovely {v}.
    What colour is it? It is {v}.
    The catalogue lists the tone as {v}.
    Buyers always receive {s} in the colour {v}.
    The lacquer on the outside is {v}.
    Its look is best described as {v}.
    From a distance one sees something {v}.
  `),
  weight: lines(`
    {v} is how heavy it is.
    {v} presses on the floor beneath {s}.
    {v} was read off when it was weighed.
    {v} is the mass printed in the data sheet.
    {v} of load rests on any table that holds {s}.
    {v} is what the movers had to lift.
    {v} in mass, it cannot be called light.
    {v} was the result when we weighed {s}.
    {v} hangs on the hook when a crane raises {s}.
    {v} is too heavy for me, said one buyer.
    {v} must be added to the load of the truck carrying {s}.
    {v} is the figure shown by the scales.
    {v} makes {s} neither light nor easy to lift.
    {v}, weighed without packing.
    {v} is its mass according to the label.
    {v} on the balance is what {s} brings.
    {v} is the burden for those who carry it.
    {v} went onto the cart when {s} was loaded.
    {v} of mass is a lot to lift, owners say.
    {v} appears in the table under weight.
    Weight: {v}, box not included.
    With its {v}, {s} is hard to carry.
    A mass of {v} was measured at the factory.
    Lifting the {v} of {s} takes strong arms.
    You have to raise {v} when you pick it up.
    The scales read {v} as soon as {s} is placed on them.
    There are {v} to heave up the stairs.
    At {v}, it is heavier than some would think.
    The floor has to bear {v} where {s} stands.
    We loaded {v} onto the van when we moved {s}.
    My back had to cope with {v} on moving day.
    I weighed mine and got {v} exactly.
    Those who carry {s} have {v} in their arms.
    A shelf must hold {v} if {s} is to rest on it.
    The needle of the balance points to {v} under its load.
    Being {v} in mass, it stays firmly where it is put.
    The data sheet gives {v} as its mass.
    One is surprised that {s} brings {v} to the scales.
    It tips the scales at {v} when empty.
    A load of {v} results from carrying just one.
    Weight: {v}.
    The mass of {s} amounts to {v}.
    How heavy is it? Exactly {v}.
    When {s} was weighed, the result was {v}.
    On the scales it comes to {v}.
    The weighing of {s} gave {v}.
    In the data sheet its heaviness is stated as {v}.
    The porter who lifted {s} complained about the {v}.
    Its mass was found to be {v}.
    Whoever picks it up lifts {v}.
    The load on your arms will be {v}.
    The crane that hoists {s} must manage {v}.
    Listed under weight, one finds {v}.
    The truck gets heavier with {s} on board, by {v}.
    Its total mass is {v}.
    My kitchen scales cannot show it, since it weighs in at {v}.
    What {s} brings to the balance is {v}.
    All its parts together have a mass of {v}.
    The label says how heavy {s} is, namely {v}.
    Gravity pulls on a mass of {v}.
  `),
  warranty: lines(`
    {v} of guarantee are included.
    {v} is how long free repairs are promised for {s}.
    {v} long the seller will fix it at no charge.
    {v} must pass before the guarantee runs out.
    {v} of cover against faults come with {s}.
    {v} of free repair are promised to every owner.
    {v} after purchase, the guarantee on {s} expires.
    {v} guaranteed, says the paper in the box.
    {v} is the guarantee period.
    {v} is the span during which {s} is repaired free.
    {v} from the day of sale, the protection against defects stops.
    {v} are written on the warranty card of {s}.
    {v} is how long a broken one can be sent back.
    {v} of protection from defects is what owners of {s} enjoy.
    {v} went by, and then my guarantee was over.
    {v} is the time in which faults get mended free.
    {v} is the term of guarantee that buyers receive with {s}.
    {v} of warranty cover make customers feel safe.
    {v} without repair bills is what we promise you.
    {v} is the period for which the maker answers for defects in {s}.
    Guarantee: {v} from the date of purchase.
    If {s} breaks within {v}, it is replaced at no cost.
    During the first {v} all repairs are free.
    You have {v} in which to claim a free repair of {s}.
    We promise {v} of guarantee to every customer.
    The warranty card of {s} has {v} printed on it.
    A guarantee lasting {v} is part of the sale.
    Once {v} are over, owners pay for repairs themselves.
    Should it fail, you have {v} to get it mended free.
    For a period of {v} the maker answers for any fault in {s}.
    There is a guarantee of {v} on all parts.
    Faults in {s} are put right free for {v} after the sale.
    Anyone who buys {s} gets {v} of free repairs.
    The seller stands behind it for {v} and mends any defect.
    My guarantee of {v} has not yet run out.
    Only when {v} have gone by does the cover on {s} lapse.
    With {v} of guarantee, one need not fear defects.
    Customers are pleased that {v} of guarantee are granted.
    Within {v} a faulty one may be exchanged.
    Those who own {s} are protected for {v} against defects.
    Guarantee: {v}.
    Length of the warranty on {s}: {v}.
    The guarantee expires after {v}.
    Defects in {s} are repaired without charge for {v}.
    The maker promises free repairs for {v}.
    How long is it guaranteed? For {v}.
    The guarantee that comes with {s} holds for {v}.
    Its warranty period is {v}.
    If it breaks, repairs cost nothing for {v}.
    The term of guarantee is fixed at {v}.
    What the warranty card of {s} promises is {v}.
    The seller will replace a faulty one for up to {v}.
    Owners can claim free repairs of {s} over {v}.
    The cover against faults stays valid for {v}.
    Against defects {s} is insured by its maker for {v}.
    The paper in the box guarantees it for {v}.
    The time left to claim under the warranty is {v}.
    Buyers may return {s} if it fails within {v}.
    The guarantee remains in force for {v}.
    Any fault is the maker's problem for {v}.
  `),
  designer: lines(`
    {v} is the mind behind the design.
    {v} sketched {s} on paper first.
    {v} came up with its shape.
    {v} is credited as the designer of {s}.
    {v} gave the device its form.
    {v} thought up {s} and drew every detail.
    {v} did all the design work.
    {v} was in charge of designing {s}.
    {v} signed the drawings from which it was built.
    {v} is named as designer in the handbook.
    {v} won praise for how {s} was designed.
    {v} spent long nights at the drawing board over {s}.
    {v} made the sketches that led to it.
    {v} is the person we owe this design to.
    {v} conceived the look and the shape.
    {v}, a designer, is responsible for how {s} is shaped.
    {v} had the idea for {s} and drew it.
    {v} worked out the design, and others built it.
    {v} created the drawings used at the factory.
    {v} devised it, as the booklet tells us.
    Designer: {v}, as the booklet says.
    It was {v} who shaped {s}.
    The drawings by {v} show every part.
    At the drawing board {v} gave {s} its form.
    Everyone praises {v} for the clever design.
    We have {v} to thank for the design of {s}.
    A sketch by {v} was where it all began.
    Without {v} as designer, {s} would look quite different.
    The name {v} stands under the drawings.
    In the handbook {v} is given credit for designing {s}.
    Its shape came from {v} and from no other designer.
    The hand of {v} can be seen in the design of {s}.
    Owners admire what {v} designed.
    There is a drawing signed by {v} for each part of {s}.
    I read that {v} was the one who devised it.
    Long ago {v} sketched the first version.
    The design job went to {v} because of good earlier drawings.
    Before {s} was built, {v} had drawn it on paper.
    One designer, {v} by name, created its look.
    What {v} sketched at a desk later became {s}.
    Designer: {v}.
    The designer of {s} is called {v}.
    Its shape was thought up by {v}.
    The drawings for {s} bear the name of {v}.
    The person who devised it was {v}.
    Credit for the design goes to {v}.
    The mind that conceived {s} was that of {v}.
    Who designed it? That was {v}.
    All of the design work was done by {v}.
    The first sketch of {s} came from {v}.
    It owes its form to {v}.
    The look of {s} was created by {v}.
    The handbook names its designer as {v}.
    The task of designing {s} was given to {v}.
    Behind this design stands {v}.
    The drawing board where {s} was born belonged to {v}.
    It was built after sketches by {v}.
    Those who like the design should thank {v}.
    Its inventor and designer was {v}.
    The shape of {s} is the brainchild of {v}.
  `),
}
