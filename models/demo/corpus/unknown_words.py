"""Words for topics that the demo model does not know."""

from .word_lists import listed

TOPICS = listed(
    """
    quantum chromodynamics, tax law, the stock market, medieval poetry, plumbing, basket weaving, violins,
    my washing machine, the French Revolution, antique clocks, jazz, opera, Latin grammar, cricket, submarines,
    nuclear fusion, origami, blockchain, cryptocurrency, volcanoes, dinosaurs, the Roman Empire, the Bible,
    politics, football rules, astrology, chess openings, sailing, wine, cheese making, car engines, solar panels,
    insurance, mortgages, pensions, visas, vaccines, antibiotics, the human brain, kidneys, algebraic topology,
    calculus, Fourier transforms, Bayesian statistics, thermodynamics, polymers, steel, concrete, bridges,
    skyscrapers, fashion, shoes, perfume, hairstyles, yoga, meditation, marathons, karate, skiing, golf, rugby,
    anime, video games, Minecraft, movies, Star Wars, Netflix, YouTube, TikTok, Facebook, Excel, Photoshop,
    Windows 11, printers, keyboards, batteries, headphones, telescopes, microscopes, satellites, rockets, trains,
    elevators, escalators, bicycles, tractors, cheese, potatoes, mushrooms, spices, vinegar, yoghurt, bees,
    whales, sharks, parrots, eagles, orchids, cactus, the Amazon, the Sahara, the Alps, Atlantis, the pyramids,
    Stonehenge, the Vikings, samurai, knights, pirates, monarchy, democracy, capitalism, socialism, inflation,
    unemployment, marketing, accounting, logistics, management, hypnosis, dreams, ghosts, aliens, unicorns,
    time travel, magic, COBOL, Fortran, Haskell, Prolog, Erlang, WebAssembly, Kafka, Terraform, Ansible, OAuth,
    GraphQL, gRPC, CUDA, TensorFlow, PyTorch, React, Vue, Angular, Svelte, Perl, Lua, Zig, monads, pointers,
    mutexes, hash maps, compression, elliptic curves, RSA, RAID, BGP, DNS, Wi-Fi, Bluetooth, 5G, fibre optics,
    lasers, transistors, diodes, resistors, monopoly, the stock exchange, sourdough, pottery, knitting patterns,
    ice hockey, sumo wrestling, ballet, flamenco, Baroque music, heavy metal, techno, the guitar solo, trombones,
    cathedrals, Gothic architecture, impressionism, cubism, photograph albums, puppets, circus tents, parliament,
    the constitution, human rights, trade unions, tariffs, customs, passports, divorce, inheritance, weddings,
    Christmas, Easter, Ramadan, Diwali, Halloween, Buddhism, stoicism, existentialism, ethics, logic puzzles,
    probability, matrices, differential equations, prime gaps, topology, fractals, chaos theory, entropy,
    magnetism, superconductors, quarks, neutrinos, dark matter, galaxies, comets, meteorites, eclipses,
    the northern lights, glaciers, deserts, rainforests, coral reefs, earthquakes, tsunamis, hurricanes,
    tornadoes, lightning, fossils, mammoths, trilobites, bacteria, viruses, proteins, enzymes, vitamins,
    cholesterol, diabetes, asthma, migraines, allergies, acupuncture, pilates, surfing, sailing boats, canoes,
    parachutes, helicopters, hot air balloons, motorways, traffic lights, tunnels, dams, lighthouses, windmills,
    nuclear power, hydrogen cars, heat pumps, fridges, microwave ovens, vacuum cleaners, sewing machines,
    umbrellas, mirrors, candles, soap, toothpaste, zippers, buttons, velvet, denim, leather, diamonds, rubies,
    pearls, amber, marble, granite, porcelain, pencils, fountain pens, typewriters, libraries of antiquity,
    the printing press, hieroglyphs, runes, Sanskrit, Esperanto, sign language, Morse code, semaphores,
    the telegraph, radio waves, television, cinema, cartoons, superheroes, Shrek, Pokemon, Tetris, Mario Kart,
    Dungeons and Dragons, poker, bridge, backgammon, darts, bowling, archery, fencing, judo, triathlons,
    the Olympics, the Tour de France, Wimbledon, Formula 1, the Super Bowl, tapas, paella, goulash, kimchi,
    hummus, croissants, tiramisu, whisky, gin, champagne, espresso machines, matcha, saffron, truffles, avocados,
    pineapples, coconuts, llamas in the Andes, kangaroos in zoos, koalas, pandas, jellyfish, seahorses,
    crocodiles, bats, woodpeckers, hummingbirds, ants' nests, beetles, scorpions, ferns, moss, bamboo, redwoods,
    tulip bulbs, bonsai, Java beans, Swift, Kotlin, Scala, TypeScript, PHP, Pascal, assembly code,
    regular grammars, automata, the halting problem, sorting networks, quicksort, Dijkstra's algorithm,
    neural Turing machines, support vector machines, random forests, k-means, Markov chains, genetic algorithms,
    expert systems, robotics, drones, self-driving cars, smart watches, e-readers, 3D printers, QR codes,
    bar codes, USB, HDMI, PCIe, SSDs, floppy disks, mainframes, the Commodore 64, Unix pipes, Emacs, vim, tmux,
    systemd, Debian, Ubuntu, Fedora, Windows 95, ChromeOS, Safari, Opera, Internet Explorer, Slack, Discord, Zoom,
    Teams, Jira, Trello, Notion, WordPress, Shopify, PayPal, SAP, Salesforce, Tesla, Boeing, Airbus, Siemens,
    Nestle, Lego, Ikea, Nike, Adidas, Coca-Cola, McDonald's
    """
)
ACTIVITIES = listed(
    """
    repair my bike, fix a flat tyre, change a light bulb, paint a wall, build a table, lay tiles, grow tomatoes,
    prune roses, train my puppy, bathe a cat, wash a sweater, iron a shirt, sew a button, knit a scarf, tie a tie,
    cut my hair, lose weight, build muscles, run a marathon, stop smoking, fall asleep faster, save money on food,
    file my taxes, write a CV, prepare for a job interview, ask for a raise, find a flat, rent a car,
    book a hotel, pack a suitcase, learn Japanese, learn the piano, draw a horse, take better photos,
    edit a video, start a podcast, start a company, sell my car, bake bread, cook a turkey, roast coffee,
    brew beer, make cheese, clean an oven, remove a stain, unclog a drain, replace a battery, jump-start a car,
    parallel park, fly a drone, sail a boat, climb a mountain, build a fire, survive in the desert, catch a fish,
    ride a horse, play poker, solve a Rubik's cube, win at chess, do a magic trick, write a novel, publish a book,
    plan a wedding, choose a school, raise children, make friends, talk to my boss, overcome stage fright,
    give a speech, invest in shares, buy a house, get a visa, move to another country, fix my printer,
    set up a router, recover deleted photos, speed up my laptop, reset my phone, configure a VPN, install Windows,
    set up a mail server, write a compiler, make a video game, scrape a web site, deploy to AWS,
    sort a list in Haskell, train a large model, design a logo, build a robot, solder a circuit,
    measure a current, calculate an integral, solve a differential equation, balance a chemical equation
    """
)
PEOPLE = listed(
    """
    Napoleon, Mozart, Beethoven, Cleopatra, Julius Caesar, Aristotle Onassis, Marie Curie, Galileo, Kepler,
    Copernicus, Nikola Tesla, Thomas Edison, Henry Ford, Steve Jobs, Bill Gates, Elon Musk, Mark Zuckerberg,
    Barack Obama, Abraham Lincoln, George Washington, Winston Churchill, Angela Merkel, Nelson Mandela, Gandhi,
    Martin Luther King, Queen Victoria, Joan of Arc, Charlemagne, Genghis Khan, Picasso, Rembrandt, Van Gogh,
    Frida Kahlo, Michelangelo, Goethe, Kafka, Tolstoy, Jane Austen, Agatha Christie, Mark Twain, Homer, Dante,
    Elvis Presley, Madonna, Michael Jackson, David Bowie, Bob Dylan, Beyonce, Adele, Rihanna, the Beatles, Queen,
    ABBA, Bach, Chopin, Charlie Chaplin, Marilyn Monroe, Tom Hanks, Brad Pitt, Meryl Streep, Lionel Messi,
    Cristiano Ronaldo, Roger Federer, Serena Williams, Usain Bolt, Muhammad Ali, Michael Jordan, Sherlock Holmes,
    Harry Potter, Batman, Spider-Man, Darth Vader, Santa Claus, Dracula, Zeus, Thor, Buddha, Confucius,
    Sigmund Freud, Karl Marx, Adam Smith, Grace Hopper, Ken Thompson, Dennis Ritchie, Donald Knuth,
    Geoffrey Hinton, Yann LeCun, Richard Feynman, Niels Bohr
    """
)
TEXTS = listed(
    """
    an essay, a report, a letter, an email, a speech, a blog post, a song, a rap, a novel, a play,
    a business letter, a cover letter, a newsletter, a press release, a review, a lesson plan, a quiz, a recipe,
    a diet plan, a training plan, a marketing plan, a contract, a job advert, a summary, an article, a screenplay,
    a poem of ten verses, a complaint, an invitation, a toast, a presentation, a thesis, a tweet, a slogan,
    a love letter, a budget
    """
)
WORKS = listed(
    """
    Moby Dick, Don Quixote, Faust, the Odyssey, the Iliad, Ulysses, Dracula, Frankenstein, Dune, the Hobbit,
    the Lord of the Rings, Pride and Prejudice, Jane Eyre, Oliver Twist, Les Miserables, Crime and Punishment,
    Anna Karenina, the Great Gatsby, the Bible, the Quran, 1984, Animal Farm, Brave New World, the Little Prince,
    Matilda, Titanic, the Matrix, Inception, Casablanca, Jaws, Alien, the Godfather, Pulp Fiction, Avatar, Frozen,
    the Lion King, my essay, this article, my report, the contract, the meeting, the last chapter,
    yesterday's news
    """
)
NOUNS = listed(
    """
    ladder, violin, bridge, comet, volcano, castle, hammer, lantern, compass, anchor, saddle, spoon, kettle, pillow,
    carpet, chimney, trumpet, cello, harp, waltz, tango, symphony, ballad, limerick, fable, novel, comedy, tragedy,
    proverb, metaphor, verb, noun, adverb, dialect, alphabet, senator, judge, lawyer, notary, bishop, monk, emperor,
    duchess, colony, treaty, siege, cannon, sword, shield, helmet, catapult, steam engine, gearbox, clutch, piston,
    radiator, propeller, turbine, dynamo, fuse, valve, pump, crane, bulldozer, tractor, scooter, yacht, canoe, ferry,
    submarine, glider, zeppelin, meteor, quasar, nebula, asteroid, tide, fjord, canyon, delta, lagoon, geyser,
    peninsula, plateau, savanna, swamp, truffle, waffle, pretzel, omelette, burrito, kebab, cocktail, liqueur,
    mushroom, cactus, fern, orchid, acorn, hedgehog, squirrel, badger, otter, beaver, walrus, lobster, squid, moth,
    beetle, wasp, termite, lizard, iguana, vulture, falcon, ostrich, gene, enzyme, hormone, vitamin, vaccine, kidney,
    liver, tendon, artery, fever, migraine, scalpel, prism, lens, laser, magnet, isotope, polymer, catalyst, acid,
    crystal, triangle, polygon, logarithm, integral, vector space, prime number, mortgage, dividend, bond, tariff,
    pension, invoice, ledger, franchise, referendum, ballot, monopoly, cartel, visa, embassy, patent, trademark,
    marathon, penalty kick, home run, slam dunk, checkmate, joker, dice game, origami crane, mosaic, fresco, statue,
    cathedral, pagoda, pyramid, obelisk, aqueduct, moat, drawbridge, kimono, toga, bow tie, corset, monocle
    """
)
