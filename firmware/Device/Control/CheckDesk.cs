using System;
using BodyCam.Firmware.Boards;
using BodyCam.Firmware.Checks;
using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Control
{
    /// <summary>When the pre-use check and the self-test run, and what a failed check means for the next press. Control thread only.</summary>
    public sealed class CheckDesk
    {
        private const long SecondUs = 1000000;
        private const long InsistWindowUs = 15 * SecondUs;
        private const long CheckHoldsUs = 600 * SecondUs;

        private readonly RecorderControl _control;
        private readonly DeviceState _state;
        private readonly Signals.Signals _signals;
        private readonly Diary _diary;
        private SelfTest _selfTest;
        private bool _selfTestWanted;
        private long _insistUntilUs;

        /// <summary>Takes its parts.</summary>
        public CheckDesk(RecorderControl control, PreUseCheck check, DeviceState state, Signals.Signals signals, Diary diary)
        {
            _control = control;
            Check = check;
            _state = state;
            _signals = signals;
            _diary = diary;
        }

        /// <summary>The pre-use check.</summary>
        public PreUseCheck Check { get; }

        /// <summary>Says what <see cref="RunWanted"/> runs.</summary>
        internal void Use(SelfTest selfTest)
        {
            _selfTest = selfTest;
        }

        /// <summary>Runs the check when it is due before a recording. 使用前检查 failed: warned and on record; a second press within the window records all the same.</summary>
        /// <returns>False when this press only warns.</returns>
        internal bool MayStart(long nowUs)
        {
            bool isDue = !_state.AssignmentOpen && nowUs - Check.EndedUs > CheckHoldsUs;
            if ((Check.FailedCount == 0 && !isDue) || nowUs <= _insistUntilUs)
            {
                return true;
            }

            RunCheck();
            if (Check.FailedCount == 0)
            {
                return true;
            }

            _insistUntilUs = SystemClock.MonotonicUs + InsistWindowUs;
            _signals.Play(Signals.Signals.Warning, nowUs);
            return false;
        }

        /// <summary>Runs the pre-use check. One that breaks off keeps nobody from recording.</summary>
        internal void RunCheck()
        {
            int was = _control.Enter(RecorderStates.SelfCheck);
            int grade = CheckGrades.Failed;
            try
            {
                grade = Check.Run();
            }
            catch (Exception failure)
            {
                _diary.Fault(StopReasons.DeviceFault, "check", failure.Message);
            }

            _control.Enter(was);
            if (grade != CheckGrades.Passed)
            {
                _signals.Play(Signals.Signals.Warning, SystemClock.MonotonicUs);
            }
        }

        /// <summary>Asks for the self-test at the next quiet moment.</summary>
        internal void WantSelfTest()
        {
            _selfTestWanted = true;
        }

        /// <summary>Runs the self-test if it was asked for; call while nothing is recorded.</summary>
        internal void RunWanted()
        {
            if (!_selfTestWanted)
            {
                return;
            }

            _selfTestWanted = false;
            int was = _control.Enter(RecorderStates.SelfTest);
            try
            {
                _selfTest.Run();
            }
            finally
            {
                _control.Enter(was);
            }
        }
    }
}
