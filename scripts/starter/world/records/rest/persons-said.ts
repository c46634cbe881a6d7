import { lines } from '../../list.ts'

/** All other ways to say what texts about a person say. */
export const PERSON_SAID_REST = {
  birthplace: lines(`
    {s} was born into a family in {v}.
    {s}, a {v} native, has many friends.
    {s}, born in {v}, is the eldest child.
    The native city of {s} is {v}.
    The native town of {s} is called {v}.
    The birth of {s} took place in {v}.
    The city of birth of {s} is {v}.
    The place where {s} was born is {v}.
    The passport of {s} lists {v} as the place of birth.
    The birth of {s} was registered in {v}.
    A hospital in {v} is where {s} was born.
    By birth, {s} is from {v}.
    Originally, {s} comes from {v}.
    As a native of {v}, {s} knows the old streets.
    Records show that {s} was born in {v}.
    Like both parents, {s} was born in {v}.
    {v} was where {s} came into the world.
    {v} is the place that {s} originally comes from.
    {v} saw the birth of {s}.
    {v} is given as the birthplace of {s}.
    Born: {v}.
    Birthplace: {v}.
    City of birth: {v}.
    Native of {v}.
    Originally from {v}.
    A native of {v} by birth.
    Born in the city of {v}.
    Born to a family in {v}.
    Born and brought up in {v}.
    The town of birth is {v}.
    The native city is {v}.
    The birth certificate was issued in {v}.
    The certificate gives {v} as the place of birth.
    The delivery took place at a clinic in {v}.
    The baby was born in {v}.
    The family lived in {v} when the baby was born.
    The cradle stood in {v}.
    The origins of this person lie in {v}.
    This person was born in {v}.
    This person originally comes from {v}.
    Life began in {v}, in a small hospital.
    Both the birth and the baptism were in {v}.
    {v} is the place of birth.
    {v} was the birthplace.
    {v} is the native town.
    {v} is entered under place of birth.
  `),
  birthYear: lines(`
    {s} was born during the year {v}.
    {s} is of the birth year {v}.
    {s} was born back in {v}.
    {s} was born sometime in {v}.
    {s} has {v} as the year of birth.
    {s} arrived as a baby in {v}.
    {s}, born in {v}, is still active.
    {s} (born {v}) is well known here.
    {s} (b. {v}) is in good health.
    The year of birth of {s} is {v}.
    The year {s} was born is {v}.
    The passport of {s} gives {v} as the birth year.
    The parents of {s} had their baby in {v}.
    It was the year {v} when {s} was born.
    Born in {v}, {s} was the first of three children.
    Since {v}, {s} has been in this world.
    Records say that {s} was born in {v}.
    With {v} as the birth year, {s} is easy to place.
    We know that {s} was born in {v}.
    According to the register, {s} dates from {v}.
    {v} is the birth year of {s}.
    {v} was the year {s} came into the world.
    {v} is the year of the birth of {s}.
    {v} was the year that saw the birth of {s}.
    Birth date: some day in {v}.
    Born in {v}.
    Born in the year {v}.
    Birth year: {v}.
    Date of birth: sometime in {v}.
    The birth took place in the year {v}.
    The birth dates back to {v}.
    The year on the birth certificate is {v}.
    The birth certificate is from {v}.
    The birth was registered in {v}.
    The passport says born in {v}.
    The year the baby was born was {v}.
    The baby arrived in {v}.
    The parents welcomed a child in {v}.
    The mother gave birth in {v}.
    This person has the birth year {v}.
    This person came into the world in {v}.
    This person has a {v} birth certificate.
    Life began in {v}.
    A child of {v}, going by the year of birth.
    The year of birth is given as {v}.
    As year of birth, the file names {v}.
    Age is counted from {v}, the birth year.
    {v} was the year of birth.
    {v} is the birth year.
    {v} is entered as the year of birth.
    {v} is the year when the baby was born.
  `),
  job: lines(`
    {s} is working as a {v}.
    {s} is a professional {v}.
    {s} is a trained {v}.
    {s} became a {v} after school.
    {s} trained as a {v} and stayed in the trade.
    {s} has worked for years as a {v}.
    {s} holds a post as a {v}.
    {s} practises the profession of {v}.
    {s} pursues a career as a {v}.
    {s}, a {v}, starts work early.
    {s}, who works as a {v}, likes the job.
    The occupation of {s} is {v}.
    The trade of {s} is {v}.
    The job title of {s} is {v}.
    By occupation, {s} is a {v}.
    Professionally, {s} is a {v}.
    Currently {s} works as a {v}.
    For a living, {s} works as a {v}.
    For many years {s} has been a {v}.
    Colleagues know {s} as a good {v}.
    The firm employs {s} as a {v}.
    A {v} by profession, {s} works full time.
    {v} is the job that {s} does.
    Job: {v}.
    Profession: {v}.
    Job title: {v}.
    Employed as a {v}.
    Works as a {v}.
    A {v} by trade.
    A {v} by profession.
    The job is {v}.
    The profession is {v}.
    The occupation is given as {v}.
    The job title is {v}.
    The current position is that of a {v}.
    The work is that of a {v}.
    The contract names the position of {v}.
    This person is a {v}.
    This person works as a {v}.
    This person has a job as a {v}.
    This person is employed as a {v}.
    The daily work is done as a {v}.
    Money is earned as a {v}.
    Work as a {v} pays the rent.
    {v} is the job.
    {v} is the profession.
    {v} is the current job title.
    {v} is entered under occupation.
  `),
  hobby: lines(`
    {s} is into {v}.
    {s} has a passion for {v}.
    {s} has {v} as a hobby.
    {s} finds great pleasure in {v}.
    {s} takes delight in {v}.
    {s} spends free time on {v}.
    {s} devotes weekends to {v}.
    {s} is crazy about {v}.
    {s}, who loves {v}, has little free time.
    The favourite hobby of {s} is {v}.
    The great passion of {s} is {v}.
    The main interest of {s} is {v}.
    The leisure activity of {s} is {v}.
    The spare time of {s} goes into {v}.
    For fun, {s} likes {v}.
    At weekends, {s} enjoys {v}.
    Outside work, {s} is interested in {v}.
    In spare hours, {s} turns to {v}.
    Friends know about the love {s} has for {v}.
    As a hobby, {s} has chosen {v}.
    {v} is a hobby that {s} loves.
    {v} makes {s} happy.
    Hobbies: mainly {v}.
    Interests: {v}.
    Favourite pastime: {v}.
    Likes: {v}.
    Leisure: {v}.
    Fond of {v}.
    A great fan of {v}.
    A lover of {v}.
    The hobby is {v}.
    The favourite pastime is {v}.
    The favourite activity is {v}.
    The main hobby is {v}.
    The passion is {v}.
    This person likes {v}.
    This person enjoys {v}.
    This person loves {v} most of all.
    This person is fond of {v}.
    Free time is spent on {v}.
    Spare time goes into {v}.
    Weekends are for {v}.
    Evenings are often given to {v}.
    There is a great love of {v}.
    There is always time for {v}.
    {v} is the hobby.
    {v} is the favourite pastime.
    {v} fills the free hours.
    {v} is listed under hobbies.
  `),
  home: lines(`
    {s} is living in {v}.
    {s} is based in {v}.
    {s} makes a home in {v}.
    {s} owns a house in {v}.
    {s} rents a flat in {v}.
    {s} has an apartment in {v}.
    {s} has an address in {v}.
    {s} dwells in {v} these days.
    {s} lives with the family in {v}.
    {s}, who lives in {v}, likes the place.
    The residence of {s} is in {v}.
    The current home of {s} is {v}.
    The flat of {s} is in {v}.
    The city where {s} lives is {v}.
    The neighbours of {s} in {v} are friendly.
    Currently {s} lives in {v}.
    These days {s} resides in {v}.
    At present, {s} has a home in {v}.
    Nowadays {s} is settled in {v}.
    For some years {s} has lived in {v}.
    You can find {s} at home in {v}.
    {v} is where {s} lives.
    {v} is the home of {s}.
    {v} is the city in which {s} resides.
    {v} has been home to {s} for some years.
    Home: {v}.
    Lives in {v}.
    Address: a flat in {v}.
    Home address: {v}.
    Resident of {v}.
    Now living in {v}.
    The home is in {v}.
    The house is in {v}.
    The residence is in {v}.
    The home address is in {v}.
    The flat is in {v}.
    The city of residence is {v}.
    The current place of residence is {v}.
    The family home is in {v}.
    The present address is in {v}.
    The front door is in {v}, and so is the bed.
    This person lives in {v}.
    This person resides in {v} today.
    This person has a home in {v}.
    This person is a resident of {v}.
    Home today is a flat in {v}.
    Home is now {v}.
    {v} is the place of residence.
    {v} is the current home.
    {v} is where the house stands.
    {v} is entered under home address.
  `),
  spouse: lines(`
    {s} wed {v} in a small church.
    {s} is wedded to {v}.
    {s} got married to {v}.
    {s} has been married to {v} for years.
    {s} exchanged rings with {v}.
    {s} shares a home and a marriage with {v}.
    {s} took {v} in marriage.
    {s} chose {v} as a partner for life.
    {s} found a life partner in {v}.
    {s} celebrated a wedding with {v}.
    {s}, married to {v}, wears a ring.
    {s} and {v} are a married couple.
    {s} and {v} got married.
    {s} and {v} are spouses.
    The spouse of {s} is called {v}.
    The life partner of {s} is {v}.
    The marriage of {s} to {v} is a happy one.
    The person {s} married is {v}.
    Today {s} is happily married to {v}.
    By marriage, {s} is joined to {v}.
    {v} is the spouse of {s}.
    {v} and {s} are married to each other.
    {v} married {s} in a small town hall.
    Partner: {v}.
    Husband or wife: {v}.
    Happily married to {v}.
    Wedded to {v}.
    The spouse is {v}.
    The spouse is called {v}.
    The partner is {v}.
    The life partner is {v}.
    The husband or wife is {v}.
    The wedding was with {v}.
    The marriage is with {v}.
    The marriage partner is {v}.
    The wedding ring is from {v}.
    The marriage certificate names {v} as the spouse.
    The other half of the couple is {v}.
    This person is married to {v}.
    This person married {v}.
    This person has {v} as a life partner.
    There was a wedding with {v}.
    Marriage vows were exchanged with {v}.
    Married life is shared with {v}.
    {v} is the spouse.
    {v} is the life partner.
    {v} is the husband or wife.
    {v} is entered as the spouse.
  `),
}
