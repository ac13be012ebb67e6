using System.Runtime.CompilerServices;

// The parts of the bench are tried one by one; the whole takes long.
[assembly: InternalsVisibleTo("EndToEnd.Tests")]
