using System.Reflection;
using System.Runtime.CompilerServices;

[assembly: AssemblyTitle("BodyCam.Native")]
[assembly: AssemblyVersion("1.0.0.0")]

// Goes up with every change of DvpPort's methods, together with the number in Stubs/DvpPort.cpp.
[assembly: AssemblyNativeVersion("1.0.0.0")]
