using System.Reflection;

[assembly: AssemblyTitle("BodyCam.Firmware")]
[assembly: AssemblyProduct("BodyCam")]
[assembly: AssemblyVersion("1.0.0.0")]
