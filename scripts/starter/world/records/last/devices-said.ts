import { lines } from '../../list.ts'

/** Short, plain ways to say what texts about a device say. */
export const DEVICE_SAID_LAST = {
  price: lines(`
    {s} is priced at {v}.
    {s} sells for {v}.
    {s} retails for {v}.
    {s} goes for {v}.
    {s} is available for {v}.
    {s} is yours for {v}.
    {s} can be bought for {v}.
    {s} will set you back {v}.
    {s} has a price tag of {v}.
    {s} carries a price of {v}.
    {s} is on sale for {v}.
    {s} currently costs {v}.
    {s} is listed at {v}.
    {s} is offered at {v}.
    {s} comes at a cost of {v}.
    {s}, which costs {v}, is sold online.
    {s} was launched at a price of {v}.
    {s} can be had for just {v}.
    The retail price of {s} is {v}.
    The list price for {s} is {v}.
    The cost of {s} is {v}.
    The asking price for {s} is {v}.
    You pay {v} for {s}.
    Customers pay {v} for {s}.
    Buyers can get {s} for {v}.
    Stores sell {s} for {v}.
    The maker charges {v} for {s}.
    Expect to pay {v} for {s}.
    At {v}, {s} is not expensive.
    For {v} you can buy {s}.
    I paid {v} for {s}.
    The shop asks {v} for {s}.
    Its price is {v}.
    Its retail price is {v}.
    Its list price is {v}.
    Its price tag reads {v}.
    Its cost is {v}.
    Its purchase price is {v}.
    It sells for {v}.
    It retails at {v}.
    It is priced at {v}.
    It goes for {v} in most stores.
    It is currently offered for {v}.
    It can be ordered online for {v}.
    It will cost you {v}.
    New, it costs {v}.
    It cost me {v}.
    Today it costs {v} in shops.
    The price is {v}.
    The price is set at {v}.
    The price stands at {v}.
    The price tag says {v}.
    The recommended retail price is {v}.
    The total cost to the buyer is {v}.
    You can buy one for {v}.
    You have to spend {v} to get one.
    With a price of {v}, it is aimed at families.
    Priced at {v}, it sells well.
    The manufacturer has set its price at {v}.
  `),
  colour: lines(`
    {s} comes in the colour {v}.
    {s} is coloured {v}.
    {s} is painted {v}.
    {s} has its finish in {v}.
    The body of {s} is {v}.
    {s} comes with its case in {v}.
    {s} leaves the factory in {v}.
    {s} has the colour {v}.
    {s} is available in {v}.
    {s} is sold in {v}.
    {s} is offered only in {v}.
    {s} is made in {v}.
    {s} is finished in {v}.
    {s} looks {v}.
    {s} is all {v}.
    {s} is {v} in colour.
    {s} is {v} on the outside.
    The exterior of {s} is {v}.
    The surface of {s} is {v}.
    {s} wears a coat of {v}.
    The color of {s} is {v}.
    The standard colour for {s} is {v}.
    The case of {s} is {v}.
    The housing of {s} is {v}.
    The outside of {s} is {v}.
    You can get {s} in {v}.
    Customers receive {s} in {v}.
    For {s} the makers chose the colour {v}.
    In the pictures {s} is {v}.
    Its color is {v}.
    Its body is {v}.
    Its case is {v}.
    Its housing is painted {v}.
    Its shell is {v}.
    Its finish is {v}.
    Its exterior is {v}.
    Its surface is {v}.
    Its paint is {v}.
    Its colour scheme is plain {v}.
    It comes only in {v}.
    It is coloured {v}.
    It is painted {v}.
    It is completely {v}.
    It is available in the colour {v}.
    It is currently made in {v}.
    Its casing is {v}.
    It has an outer shell in {v}.
    It has been coated in {v}.
    The colour is {v}.
    The available colour is {v}.
    The paintwork is {v}.
    The outer casing is {v}.
    They make it in {v}.
    You can order it in {v}.
    It was sprayed {v} at the factory.
    With its {v} casing, it is hard to miss.
    Painted {v}, it fits into any room.
    {v} is its colour.
  `),
  weight: lines(`
    {s} has a weight of {v}.
    {s} has a mass of {v}.
    {s} is {v} in weight.
    {s} tips the scales at {v}.
    {s} weighs in at {v}.
    {s} weighs {v} in total.
    {s} weighs a total of {v}.
    {s} weighs {v} without packaging.
    {s} weighs {v} when empty.
    {s} comes in at {v} on the scales.
    {s} is {v} heavy.
    {s} brings {v} to the scales.
    {s}, weighing {v}, stands on four feet.
    {s}, which weighs {v}, needs a firm base.
    The weight of {s} is {v}.
    The mass of {s} is {v}.
    The total weight of {s} is {v}.
    The net weight of {s} is {v}.
    The maker gives the weight of {s} as {v}.
    The scales show {v} for {s}.
    The listed weight for {s} is {v}.
    At {v}, {s} is hard to lift.
    Weighing {v}, {s} stands firmly.
    With a weight of {v}, {s} is easy to move.
    With a mass of {v}, {s} is one of the lighter models.
    Whoever carries {s} lifts {v}.
    To move {s} you must lift {v}.
    We put {s} on the scales and read {v}.
    In weight, {s} comes to {v}.
    On the scales, {s} reaches {v}.
    Its mass is {v}.
    Its total weight is {v}.
    Its net weight is {v}.
    Its own weight is {v}.
    Its weight comes to {v}.
    Its weight is given as {v}.
    Its weight amounts to {v}.
    Its overall weight is {v}.
    It has a mass of {v}.
    It weighs in at {v}.
    It weighs about {v}.
    It weighs {v} in all.
    It weighs {v} with all its parts.
    It currently weighs {v}.
    It tips the scale at {v}.
    It is {v} heavy.
    It is listed with a weight of {v}.
    It was weighed at {v}.
    It puts {v} on the scales.
    The weight is {v}.
    The whole unit weighs {v}.
    The complete device weighs {v}.
    The device has a total mass of {v}.
    The scale reads {v}.
    The data sheet lists a weight of {v}.
    The manual says it weighs {v}.
    You have {v} to carry when you pick it up.
    Weighing {v}, it takes two people to carry.
    At {v}, it is lighter than most rivals.
  `),
  warranty: lines(`
    {s} has a warranty of {v}.
    {s} comes with a warranty of {v}.
    {s} comes with {v} of warranty.
    {s} carries a warranty of {v}.
    {s} is sold with a guarantee of {v}.
    {s} is covered by warranty for {v}.
    {s} is guaranteed for {v}.
    {s} has a guarantee of {v}.
    {s} has {v} of guarantee.
    {s} includes a warranty of {v}.
    {s} is backed by a warranty of {v}.
    {s} is protected against defects for {v}.
    {s} ships with a warranty of {v}.
    {s} enjoys warranty protection for {v}.
    The warranty on {s} is {v}.
    The warranty for {s} lasts {v}.
    The warranty for {s} runs for {v}.
    The warranty period of {s} is {v}.
    The guarantee on {s} holds for {v}.
    The maker guarantees {s} for {v}.
    The manufacturer gives {v} of warranty on {s}.
    The seller repairs {s} free of charge for {v}.
    Buyers of {s} get a warranty of {v}.
    You get {v} of warranty with {s}.
    Owners of {s} are covered for {v} by the warranty.
    For {v}, {s} is covered against faults.
    Repairs to {s} are free for {v}.
    If {s} fails within {v}, it is replaced free.
    Every buyer of {s} receives {v} of guarantee.
    Its warranty is {v}.
    Its warranty lasts {v}.
    Its warranty runs for {v}.
    Its warranty expires after {v}.
    Its guarantee is good for {v}.
    Its manufacturer's warranty covers {v}.
    It comes with a guarantee of {v}.
    It is under guarantee for {v}.
    It is covered for {v} under the warranty.
    It is guaranteed against defects for {v}.
    It carries a limited warranty of {v}.
    It currently comes with {v} of free repairs.
    It is repaired free for {v} after purchase.
    It has {v} of warranty.
    Warranty: {v}.
    The guarantee lasts {v}.
    The guarantee is for {v}.
    The warranty period is {v}.
    The warranty is valid for {v}.
    The warranty covers {v} from purchase.
    The warranty ends {v} after the sale.
    The warranty term is {v}.
    The manufacturer offers a warranty of {v}.
    The maker stands behind it for {v}.
    The company promises free repairs for {v}.
    Customers get {v} of warranty cover.
    We give a warranty of {v} on it.
    Defects are fixed at no cost for {v}.
    With a warranty of {v}, buyers are well protected.
  `),
  designer: lines(`
    {s} was designed by {v}.
    {s} is a design by {v}.
    {s} is the work of designer {v}.
    {s} was created by designer {v}.
    {s} was drawn by {v}.
    {s} was styled by {v}.
    {s} owes its design to {v}.
    {s} owes its look to {v}.
    {s} has a design by {v}.
    {s} got its shape from {v}.
    {s} came from the drawing board of {v}.
    {s} is based on a design by {v}.
    {s}, designed by {v}, won several prizes.
    {v} designed {s}.
    {v} is the designer of {s}.
    {v} created the design of {s}.
    {v} styled {s}.
    {v} shaped the look of {s}.
    {v} developed the design for {s}.
    {v} led the design of {s}.
    The designer of {s} is {v}.
    The design of {s} is by {v}.
    The design of {s} comes from {v}.
    The design of {s} was the work of {v}.
    The person who designed {s} is {v}.
    The maker hired {v} to design {s}.
    Credit for the design of {s} goes to {v}.
    As designer of {s}, {v} chose simple lines.
    Its designer was {v}.
    Its design is by {v}.
    Its design was created by {v}.
    Its design comes from {v}.
    Its design is the work of {v}.
    Its look was designed by {v}.
    Its shape is the idea of {v}.
    Its styling is by {v}.
    Its chief designer was {v}.
    It is a design by {v}.
    It was styled by {v}.
    It was drawn up by designer {v}.
    It has {v} as its designer.
    It was originally designed by {v}.
    Designed by {v}, it looks modern.
    The designer is {v}.
    The designer is called {v}.
    The designer's name is {v}.
    The design work was done by {v}.
    The design team was led by {v}.
    The design was entrusted to {v}.
    The company asked {v} to design it.
    The drawings were made by {v}.
    {v} created its design.
    {v} is its designer.
    {v} was hired as the designer.
    {v} worked on it as designer.
  `),
}
